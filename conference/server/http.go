package server

import (
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/server/guest"
)

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Confab signaling server</title>
<p>This is a Confab signaling server. Enter its address, with <code>ws://</code> or <code>wss://</code>
in front of it, into Confab to meet others here. Whoever has only a browser opens
<code>/r/</code> and the room's name at this address.
`

// Handler answers WebSockets of the subprotocol confab.v1 on every path; others on paths that end in
// /websocket as Ant Media's peer-to-peer signaling does, and requests to /socket.io/ as Engine.IO, which
// carries Socket.IO; on /healthz "ok" or, while it stops, an error; on /metrics figures for Prometheus; on
// /r/ROOM the page for somebody with only a browser; and anything else with a page that says what this is.
// A browser's WebSocket of confab.v1 must come from a page of this host, those of the other systems may
// come from anywhere, as their own servers have it.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	switch app, ant := antApp(r); {
	case engineAt(r) && !s.options.NativeOnly:
		s.engine.ServeHTTP(w, r)
	case websocket.IsWebSocketUpgrade(r) && ant && len(websocket.Subprotocols(r)) == 0 && !s.options.NativeOnly:
		s.serveAntMedia(w, r, app)
	case websocket.IsWebSocketUpgrade(r):
		s.serveSocket(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this is a Confab signaling server", http.StatusMethodNotAllowed)
	case r.URL.Path == "/healthz":
		s.serveHealth(w)
	case r.URL.Path == "/metrics":
		s.serveMetrics(w, r)
	case guest.At(r):
		guest.ServeHTTP(w, r)
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
	from, ok := s.admit(w, r)
	if !ok {
		return
	}
	ws, err := s.upgrader.Upgrade(w, r, nil) // answers by itself when it fails
	if err != nil {
		from.exit()
		s.log.Debug("upgrade refused", "from", r.RemoteAddr, "err", err)
		if origin := r.Header.Get("Origin"); origin != "" {
			s.strange.Do(func() {
				s.log.Warn("a page was refused; if it is this server's own, the proxy before it must pass on Host",
					"origin", origin, "host", r.Host)
			})
		}
		return
	}
	attribute(ws.NetConn(), from)
	k := newSocket(s, ws, from)
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

// admit counts a connection of an address, which must exit; false: there are too many, and that was
// answered.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (from *address, ok bool) {
	now := time.Now()
	from = s.addresses.of(s.addresses.client(r), now)
	switch {
	case s.full() || from.shut(now):
		s.turnAway(w, "too many connections")
	case !from.enter(now):
		s.turnAway(w, string(rateLimited)+": too many connections from this address")
	default:
		return from, true
	}
	return nil, false
}

// turnAway refuses a WebSocket for now: clients try again later.
func (s *Server) turnAway(w http.ResponseWriter, why string) {
	s.metrics.turned.Add(1)
	w.Header().Set("Retry-After", "10")
	http.Error(w, why, http.StatusServiceUnavailable)
}
