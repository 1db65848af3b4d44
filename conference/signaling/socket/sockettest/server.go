// Package sockettest is a WebSocket server in memory for tests of drivers: it says what a test wants. It
// works inside a testing/synctest bubble.
package sockettest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// Server serves one socket after the other. Its Dial is what a driver dials with.
type Server struct {
	T       testing.TB
	Serve   func(*Script)    // one socket; it is closed when Serve returns
	Refuse  http.HandlerFunc // in place of a WebSocket; nil: none is refused
	Ignores []string         // messages of the client that are of no interest, such as pings

	dials atomic.Int64
	mu    sync.Mutex
	asked []*http.Request
}

// Script is the server's end of one socket. Its methods belong to the goroutine of Serve.
type Script struct {
	T       testing.TB
	WS      *websocket.Conn
	N       int // which socket it is, from 1
	ignores []string
}

// Dial gives a connection to the server.
func (s *Server) Dial(context.Context, string, string) (net.Conn, error) {
	n := int(s.dials.Add(1))
	here, there := net.Pipe()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		s.mu.Unlock()
		if s.Refuse != nil {
			s.Refuse(w, r)
			return
		}
		upgrader := websocket.Upgrader{}
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			s.T.Errorf("upgrade: %v", err)
			return
		}
		defer ws.Close()
		s.Serve(&Script{s.T, ws, n, s.Ignores})
	})
	go http.Serve(&oneConn{conn: there}, handler) // ends with the connection
	return here, nil
}

// Asked are the requests that came.
func (s *Server) Asked() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.asked...)
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

// Say sends messages.
func (s *Script) Say(messages ...string) {
	for _, m := range messages {
		if err := s.WS.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
			return // the client has gone
		}
	}
}

// SayBinary sends a binary message.
func (s *Script) SayBinary(data []byte) {
	_ = s.WS.WriteMessage(websocket.BinaryMessage, data) // the client may have gone
}

// Hear is the client's next message, or empty when it has gone.
func (s *Script) Hear() string {
next:
	for {
		_, data, err := s.WS.ReadMessage()
		if err != nil {
			return ""
		}
		for _, i := range s.ignores {
			if string(data) == i {
				continue next
			}
		}
		return string(data)
	}
}

// Expect hears these messages.
func (s *Script) Expect(messages ...string) {
	s.T.Helper()
	for _, want := range messages {
		if got := s.Hear(); got != want {
			s.T.Errorf("client says %s, want %s", got, want)
		}
	}
}

// Stay hears until the client has gone.
func (s *Script) Stay() {
	for s.Hear() != "" {
	}
}

// Waiting are the messages of a session that have come by now, in a synctest bubble.
func Waiting(s signaling.Session) []signaling.Message {
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

// Leave leaves, within a second.
func Leave(t testing.TB, s signaling.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.Leave(ctx); err != nil {
		t.Errorf("leave: %v", err)
	}
}
