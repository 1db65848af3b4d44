package native_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

const (
	key     = "0123456789abcdefghijkl" // belongs to p_JllLosc-vBcgR_Iw
	welcome = `{"type":"welcome","protocol":1,"you":"p_JllLosc-vBcgR_Iw","resumed":false,"limits":{"message":131072}}`
	resumed = `{"type":"welcome","protocol":1,"you":"p_JllLosc-vBcgR_Iw","resumed":true}`
	joined  = `{"type":"joined","rid":1,"room":"demo","you":"p_JllLosc-vBcgR_Iw","peers":[{"id":"p_a","name":"Alice","metadata":{"mic":true},"state":"away"}],"seq":1}`
)

// fake is a signaling server that says what a test wants, over connections in memory, for one socket
// after the other. It lives in a synctest bubble.
type fake struct {
	t     *testing.T
	serve func(s *script)
	dials atomic.Int64
}

// script is the server's end of one socket.
type script struct {
	t  *testing.T
	ws *websocket.Conn
	n  int // which socket it is, from 1
}

func (f *fake) dial(context.Context, string, string) (net.Conn, error) {
	n := int(f.dials.Add(1))
	here, there := net.Pipe()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{Subprotocols: []string{"confab.v1"}}
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			f.t.Errorf("upgrade: %v", err)
			return
		}
		defer ws.Close()
		f.serve(&script{f.t, ws, n})
	})
	go http.Serve(&oneConn{conn: there}, handler)
	return here, nil
}

// oneConn is a listener that has one connection and then no more.
type oneConn struct{ conn net.Conn }

func (l *oneConn) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, net.ErrClosed
	}
	c := l.conn
	l.conn = nil
	return c, nil
}
func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (s *script) say(messages ...string) {
	for _, m := range messages {
		if err := s.ws.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
			return // the client has gone
		}
	}
}

// hear is the client's next message other than ping; nil when it has gone.
func (s *script) hear() map[string]any {
	for {
		_, data, err := s.ws.ReadMessage()
		if err != nil {
			return nil
		}
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			s.t.Errorf("client says %q: %v", data, err)
		}
		if m["type"] != "ping" {
			return m
		}
	}
}

// admit lets the client join.
func (s *script) admit() {
	s.hear()
	s.say(welcome)
	s.hear()
	s.say(joined)
}

// stay serves until the client leaves or its socket ends.
func (s *script) stay() {
	for m := s.hear(); m != nil; m = s.hear() {
		if m["type"] == "leave" {
			s.say(`{"type":"left","rid":2}`)
		}
	}
}

func (f *fake) driver() signaling.Driver {
	f.t.Helper()
	d, err := (&native.Dialer{NetDial: f.dial}).Open(f.t.Context(), &url.URL{Scheme: "ws", Host: "fake"}, signaling.Options{Key: key, Password: "p"})
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func (f *fake) join() signaling.Session {
	f.t.Helper()
	s, err := f.driver().Join(f.t.Context(), "demo", signaling.Peer{Name: "Me", Metadata: signaling.Metadata{Camera: true}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { s.Leave(context.Background()) })
	return s
}

// waiting are the messages that have come by now.
func waiting(s signaling.Session) []signaling.Message {
	var all []signaling.Message
	for {
		synctest.Wait()
		select {
		case m, ok := <-s.Messages():
			if !ok {
				return all
			}
			all = append(all, m)
		default:
			return all
		}
	}
}
