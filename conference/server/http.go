package server

import (
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Confab signaling server</title>
<p>This is a Confab signaling server. Enter its address, with <code>ws://</code> or <code>wss://</code>
in front of it, into Confab to meet others here.
`

// Handler answers WebSockets of the subprotocol confab.v1 on every path, on /healthz "ok" or, while it stops, an
// error, on /metrics figures for Prometheus, and anything else with a page that says what this is. A browser's WebSocket must come from a page of this host.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case websocket.IsWebSocketUpgrade(r):
		s.serveSocket(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this is a Confab signaling server", http.StatusMethodNotAllowed)
	case r.URL.Path == "/healthz":
		s.serveHealth(w)
	case r.URL.Path == "/metrics":
		s.serveMetrics(w, r)
	default:
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, page)
	}
}

func (s *Server) serveHealth(w http.ResponseWriter) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		http.Error(w, "the server stops", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(websocket.Subprotocols(r), subprotocol) {
		http.Error(w, "this server speaks the WebSocket subprotocol "+subprotocol, http.StatusBadRequest)
		return
	}
	now := time.Now()
	from := s.addresses.of(s.addresses.client(r), now)
	if s.full() || from.shut(now) {
		s.turnAway(w, "too many connections")
		return
	}
	if !from.enter(now) {
		s.turnAway(w, string(rateLimited)+": too many connections from this address")
		return
	}
	log := s.log.With("from", r.RemoteAddr)
	ws, err := s.upgrader.Upgrade(w, r, nil) // answers by itself when it fails
	if err != nil {
		from.exit()
		log.Debug("upgrade refused", "err", err)
		return
	}
	attribute(ws.NetConn(), from)
	k := newSocket(s, ws, from, log)
	if !s.add(k) {
		from.exit()
		ws.Close()
		return
	}
	go func() { // counted by add; so that net/http's buffers and stack need not stay
		defer from.exit()
		defer s.remove(k)
		k.run()
	}()
}

// turnAway refuses a WebSocket for now: clients try again later.
func (s *Server) turnAway(w http.ResponseWriter, why string) {
	s.metrics.turned.Add(1)
	w.Header().Set("Retry-After", "10")
	http.Error(w, why, http.StatusServiceUnavailable)
}
