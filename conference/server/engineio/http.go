package engineio

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"
)

// refusal is Engine.IO's answer to a request that it does not take.
type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

var (
	unknownTransport = refusal{0, "Transport unknown"}
	unknownSession   = refusal{1, "Session ID unknown"}
	badMethod        = refusal{2, "Bad handshake method"}
	badRequest       = refusal{3, "Bad request"}
	badVersion       = refusal{5, "Unsupported protocol version"}
)

func (f refusal) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(f) // the client may have gone
}

// ServeHTTP answers one request of a client: a handshake, a poll, a post, or a WebSocket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*") // without credentials: see CheckOrigin
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodOptions { // a page that adds headers of its own asks first
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "*")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	query := r.URL.Query()
	transport, id := query.Get("transport"), query.Get("sid")
	upgrade := websocket.IsWebSocketUpgrade(r)
	if transport != "polling" && transport != "websocket" {
		unknownTransport.answer(w)
		return
	}
	if id == "" {
		switch {
		case r.Method != http.MethodGet:
			badMethod.answer(w)
		case (transport == "websocket") != upgrade:
			badRequest.answer(w)
		case query.Get("EIO") != "4":
			badVersion.answer(w)
		default:
			s.handshake(w, r, upgrade)
		}
		return
	}
	k := s.find(id)
	switch {
	case k == nil:
		unknownSession.answer(w)
	case query.Get("EIO") != "4", (transport == "websocket") != upgrade:
		badRequest.answer(w)
	case upgrade:
		k.serveUpgrade(w, r)
	case r.Method == http.MethodGet:
		k.servePoll(w, r)
	case r.Method == http.MethodPost:
		k.servePost(w, r)
	default:
		badRequest.answer(w)
	}
}

// handshake opens a session, on a WebSocket or by answering a poll.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, upgrade bool) {
	release, ok := s.options.Admit(w, r)
	if !ok {
		return
	}
	if !upgrade {
		if k := s.open(r, []string{"websocket"}, release); k != nil {
			k.servePoll(w, r)
		} else {
			release()
			http.Error(w, "the server stops", http.StatusServiceUnavailable)
		}
		return
	}
	ws, err := s.upgrader.Upgrade(w, r, nil) // answers by itself when it fails
	if err != nil {
		release()
		return
	}
	k := s.open(r, []string{}, release)
	if k == nil {
		release()
		ws.Close()
		return
	}
	k.mu.Lock()
	k.upgraded = true
	k.mu.Unlock()
	k.speak(ws)
}

// servePoll answers with what waits for the client, as soon as there is something.
func (k *Session) servePoll(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	overlap := k.polled
	if overlap {
		k.endLocked()
	}
	refused := overlap || k.upgraded
	k.polled = true
	k.mu.Unlock()
	if refused {
		badRequest.answer(w)
		return
	}
	packets := k.poll(r)
	k.mu.Lock()
	k.polled = false
	k.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	_, _ = w.Write(bytes.Join(packets, []byte{separator})) // a client that has gone is silent from now on
}

// poll waits for packets; a session that is over says close, one that tries a WebSocket noop.
func (k *Session) poll(r *http.Request) [][]byte {
	for {
		packets := k.take()
		k.mu.Lock()
		over, probing := k.over, k.probing
		k.mu.Unlock()
		switch {
		case over:
			return append(packets, []byte{packetClose})
		case len(packets) > 0:
			return packets
		case probing:
			return [][]byte{{packetNoop}}
		}
		select {
		case <-k.wake:
		case <-k.done:
		case <-r.Context().Done(): // the client has gone
			k.Close()
		}
	}
}

// servePost takes packets of the client.
func (k *Session) servePost(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	overlap := k.posting
	if overlap {
		k.endLocked()
	}
	k.posting = true
	k.mu.Unlock()
	if overlap || strings.HasPrefix(r.Header.Get("Content-Type"), "application/octet-stream") {
		k.Close()
		badRequest.answer(w)
		return
	}
	defer func() {
		k.mu.Lock()
		k.posting = false
		k.mu.Unlock()
	}()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
	var packets [][]byte
	if err == nil {
		packets, err = parse(body)
	}
	if err != nil {
		k.Close()
		badRequest.answer(w)
		return
	}
	for _, p := range packets {
		if !k.deliver(p) {
			break
		}
	}
	w.Header().Set("Content-Type", "text/html") // as the original does: others offer text/plain for download
	_, _ = io.WriteString(w, "ok")
}
