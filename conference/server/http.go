package server

import (
	"io"
	"net/http"
	"slices"

	"github.com/gorilla/websocket"
)

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Confab signaling server</title>
<p>This is a Confab signaling server. Enter its address, with <code>ws://</code> or <code>wss://</code>
in front of it, into Confab to meet others here.
`

// Handler answers WebSockets of the subprotocol confab.v1 on every path, "ok" on /healthz, and anything
// else with a page that says what this is. A browser's WebSocket must come from a page of this host.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case websocket.IsWebSocketUpgrade(r):
		s.serveSocket(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this is a Confab signaling server", http.StatusMethodNotAllowed)
	case r.URL.Path == "/healthz":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "ok\n")
	default:
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, page)
	}
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(websocket.Subprotocols(r), subprotocol) {
		http.Error(w, "this server speaks the WebSocket subprotocol "+subprotocol, http.StatusBadRequest)
		return
	}
	if s.full() {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	log := s.log.With("from", r.RemoteAddr)
	ws, err := s.upgrader.Upgrade(w, r, nil) // answers by itself when it fails
	if err != nil {
		log.Debug("upgrade refused", "err", err)
		return
	}
	k := newSocket(s, ws, log)
	if !s.add(k) {
		ws.Close()
		return
	}
	defer s.remove(k)
	k.run()
}
