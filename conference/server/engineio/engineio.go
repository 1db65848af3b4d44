// Package engineio is the server's side of Engine.IO 4, the transport below Socket.IO: messages both ways
// over HTTP polling, over a WebSocket, or first over one and then over the other, as clients do by default.
//
// A [Server] answers HTTP requests. Each client gets a [Session], which lives until the client closes it,
// is silent for too long, breaks the protocol, does not read what it is sent, or the server closes. Its
// [Handler] hears the messages, one after the other on a goroutine of the session's own.
//
// Only text is carried. Everything that arrives has limits; who may connect at all is decided by
// [Options.Admit].
package engineio

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// What is announced to clients.
const (
	PingInterval = 10 * time.Second // shorter than proxies and our own server bear an unanswered poll
	PingTimeout  = 10 * time.Second
	MaxPayload   = 128 << 10 // bytes of a message, and of all in one request
)

// Our own limits.
const (
	maxQueued      = 256       // packets that wait for a client
	maxQueuedBytes = 512 << 10 // likewise
	upgradeWait    = 10 * time.Second
	writeWait      = 10 * time.Second
	lingerWait     = 2 * time.Second // for the network to take the last words
)

// Handler is what a session's messages are for. It is called on the session's goroutine.
type Handler interface {
	// Message takes one message, which it owns. It should not wait for long.
	Message(data []byte)
	// Closed is called once, after the last Message.
	Closed()
}

// Options of a server. Open must be set.
type Options struct {
	// Open is called for each new session, before anything arrives.
	Open func(s *Session, r *http.Request) Handler
	// Admit decides on a handshake and answers it if it returns false; release is called when the session,
	// if there is one, has ended. nil: everybody is let in.
	Admit func(w http.ResponseWriter, r *http.Request) (release func(), ok bool)
}

// Server holds sessions. Its methods are safe from any goroutine.
type Server struct {
	options  Options
	upgrader websocket.Upgrader

	mu       sync.Mutex
	closed   bool
	sessions map[string]*Session
	wg       sync.WaitGroup // of sessions' goroutines; grows only under mu while not closed
}

// NewServer makes a server without sessions.
func NewServer(o Options) *Server {
	if o.Admit == nil {
		o.Admit = func(http.ResponseWriter, *http.Request) (func(), bool) { return func() {}, true }
	}
	return &Server{
		options: o, sessions: map[string]*Session{},
		upgrader: websocket.Upgrader{
			HandshakeTimeout: writeWait,
			WriteBufferSize:  4096, // the reader's buffer is net/http's
			WriteBufferPool:  &sync.Pool{},
			// The pages of such applications come from other hosts. There are no cookies that would make a
			// stranger's page act for its visitor.
			CheckOrigin: func(*http.Request) bool { return true },
		},
	}
}

// Close closes all sessions and waits until they have ended, 2 s at most. Any number of times.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	var open []*Session
	for _, one := range s.sessions {
		open = append(open, one)
	}
	s.mu.Unlock()
	for _, one := range open {
		one.Close()
	}
	hard := time.AfterFunc(lingerWait, func() {
		for _, one := range open {
			one.Cut()
		}
	})
	defer hard.Stop()
	s.wg.Wait()
}

// Sessions is how many there are.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// opening is the first packet of a session.
type opening struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"` // milliseconds
	PingTimeout  int64    `json:"pingTimeout"`  // likewise
	MaxPayload   int      `json:"maxPayload"`   // bytes
}

// open makes a session whose first packet waits for the client; nil: the server is closed. The caller
// releases what was admitted then.
func (s *Server) open(r *http.Request, upgrades []string, release func()) *Session {
	k := &Session{
		server: s, id: NewID(),
		in:     make(chan []byte),
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		opened: time.Now(),
	}
	first, err := json.Marshal(opening{
		SID: k.id, Upgrades: upgrades,
		PingInterval: PingInterval.Milliseconds(), PingTimeout: PingTimeout.Milliseconds(), MaxPayload: MaxPayload,
	})
	if err != nil {
		panic("engineio: encode: " + err.Error()) // our own type
	}
	k.put(packetOpen, first)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.sessions[k.id] = k
	s.wg.Add(1)
	s.mu.Unlock()
	h := s.options.Open(k, r)
	go func() { // counted in wg
		defer s.wg.Done()
		k.run(h)
		s.mu.Lock()
		delete(s.sessions, k.id)
		s.mu.Unlock()
		release()
	}()
	return k
}

func (s *Server) find(id string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

// NewID gives 20 letters that nobody can guess.
func NewID() string {
	b := make([]byte, 15)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
