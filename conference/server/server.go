// Package server is what confab serve runs: rooms in which members reach each other before they are
// connected, over the WebSocket subprotocol confab.v1; and rooms of two for other programs, which speak
// to it as to Ant Media Server or to the Socket.IO server of a well-known course. Several servers behind one
// name share both.
//
// A socket says who it is by a secret key, joins one room, and then has signals passed on to the other
// members. A member outlives its socket: for the resume window it is away, what it misses waits for it,
// and a socket with the same key takes its place without anybody noticing more than that. The server
// keeps nothing on disk; after a restart members come back by themselves with the same IDs.
//
// Everything that arrives is limited, each socket harms at most itself: what a client gets wrong is
// answered or ends its connection, and who does not read what it is sent is cut off.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/server/engineio"
	"confab/conference/signaling"
)

// Options of a server. The zero value serves small rooms over plain HTTP.
type Options struct {
	MaxPeers       int                   // of a room; 0: 8; at most 100
	MaxConnections int                   // of the whole server; 0: 1024
	ICEServers     []signaling.ICEServer // handed out to every client
	ResumeWindow   time.Duration         // how long a member may be away; 0: 30 s
	NativeOnly     bool                  // no other program's protocol is spoken
	Logger         *slog.Logger          // nil: discard

	// Serve speaks TLS with one of these, else plain HTTP.
	CertFile, KeyFile string // PEM; read anew when they change
	ACME              ACME
	SelfSigned        string // PEM file of a key and certificate of our own, made if it is not there

	Limits   Limits         // of one address
	Proxies  []netip.Prefix // whose X-Forwarded-For is believed, and who have no limits themselves
	Watchers []netip.Prefix // who may read /metrics, besides this machine
	Relay    Relay
	Cluster  Cluster

	Ready func() // called by Serve when relay and cluster are open, too; nil: nobody waits for it
}

func (o *Options) fill() error {
	if o.MaxPeers == 0 {
		o.MaxPeers = 8
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 1024
	}
	if o.ResumeWindow == 0 {
		o.ResumeWindow = 30 * time.Second
	}
	if o.ICEServers == nil {
		o.ICEServers = []signaling.ICEServer{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits.fill()
	ways := 0
	for _, chosen := range []bool{o.CertFile != "" || o.KeyFile != "", len(o.ACME.Domains) > 0, o.SelfSigned != ""} {
		if chosen {
			ways++
		}
	}
	switch {
	case o.MaxPeers < 2 || o.MaxPeers > 100:
		return fmt.Errorf("%d members a room, want 2 to 100", o.MaxPeers)
	case o.MaxConnections < 1:
		return fmt.Errorf("%d connections, want at least 1", o.MaxConnections)
	case o.ResumeWindow < 0:
		return fmt.Errorf("resume window is %v, want 0 or more", o.ResumeWindow)
	case (o.CertFile == "") != (o.KeyFile == ""):
		return errors.New("a certificate needs its key, and the key its certificate")
	case ways > 1:
		return errors.New("a certificate comes from files, from ACME, or is our own: choose one")
	case len(o.ACME.Domains) > 0 && o.ACME.Cache == "":
		return errors.New("ACME needs a folder for its certificates")
	}
	return o.Relay.fill()
}

// Server holds rooms. Its methods are safe from any goroutine.
type Server struct {
	options   Options
	tls       *tls.Config // nil: plain HTTP
	pin       string
	log       *slog.Logger
	upgrader  websocket.Upgrader
	strangers websocket.Upgrader // of other programs
	strange   sync.Once          // somebody was told of pages that come from elsewhere
	engine    *engineio.Server
	parlours  *parlours
	wg        sync.WaitGroup // of clients; grows only under mu while not closed
	addresses *addresses
	metrics   metrics
	relay     atomic.Pointer[relay] // nil: none, or not yet

	federation atomic.Pointer[federation] // likewise

	// mu is held for joining, leaving and resuming, and taken before a room's lock.
	mu      sync.Mutex
	closed  bool
	clients map[client]struct{}
	live    map[signaling.PeerID]*socket // after hello: the newest of each key
	rooms   map[string]*room             // none is empty
	members map[signaling.PeerID]*member
	touched []carrier // to be roused when the lock is given back
}

// client is a connection of any dialect.
type client interface {
	close(status int, why string) // after what waits has been sent
	cut()                         // at once
}

// New makes a server without rooms; it reads the certificate, or makes one.
func New(o Options) (*Server, error) {
	if err := o.fill(); err != nil {
		return nil, fmt.Errorf("signaling server: %w", err)
	}
	s := &Server{
		options: o, log: o.Logger,
		upgrader: websocket.Upgrader{
			HandshakeTimeout: writeWait,
			ReadBufferSize:   1024, // one of its own: net/http's has 4096 bytes
			WriteBufferSize:  4096,
			WriteBufferPool:  &sync.Pool{},
			Subprotocols:     []string{subprotocol},
		},
		strangers: websocket.Upgrader{
			HandshakeTimeout: writeWait,
			WriteBufferSize:  4096,
			WriteBufferPool:  &sync.Pool{},
			CheckOrigin:      func(*http.Request) bool { return true },
		},
		parlours: newParlours(),
		clients:  map[client]struct{}{},
		live:     map[signaling.PeerID]*socket{},
		rooms:    map[string]*room{},
		members:  map[signaling.PeerID]*member{},

		addresses: newAddresses(o.Limits, o.Proxies),
	}
	s.engine = engineio.NewServer(engineio.Options{Open: s.openSession, Admit: s.admitSession})
	var err error
	if s.tls, s.pin, err = o.secure(); err != nil {
		return nil, fmt.Errorf("signaling server: %w", err)
	}
	return s, nil
}

// Secure tells whether Serve speaks TLS.
func (s *Server) Secure() bool { return s.tls != nil }

// Pin is that of a certificate of our own, by which clients can trust it; else empty.
func (s *Server) Pin() string { return s.pin }

// Serve answers on l, which it closes, and opens the relay, until ctx ends; then it says good-bye to
// everybody, closes the server and returns nil. An error is l's or the relay's.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if s.options.Relay.Listen != "" {
		r, err := openRelay(ctx, s.options.Relay, &s.metrics, s.log)
		if err != nil {
			return errors.Join(err, l.Close(), s.Close())
		}
		s.relay.Store(r)
	}
	if s.options.Cluster.URL != "" {
		f, err := openFederation(s)
		if err != nil {
			return errors.Join(err, l.Close(), s.Close())
		}
		s.federation.Store(f)
		s.parlours.join(f)
		f.start(ctx)
	}
	if s.options.Ready != nil {
		s.options.Ready()
	}
	l = newDoor(l, s)
	h := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second, // of plain requests: a WebSocket has its own deadlines
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if s.tls != nil {
		l = tls.NewListener(l, s.tls)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }() // received below
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("serve signaling: %w", err), s.Close())
	case <-ctx.Done():
	}
	s.engine.Close() // polls that wait for something would keep the rest waiting
	closing, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := h.Shutdown(closing)
	if err != nil { // somebody is in the middle of a plain request
		err = h.Close()
	}
	<-ended
	return errors.Join(err, s.Close())
}

// Close says good-bye to every client, which will look for the server again, and waits until all
// connections have ended, the relay's too: at most 3 s. Any number of times.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var open []client
	for k := range s.clients {
		open = append(open, k)
	}
	for _, m := range s.members {
		m.room.mu.Lock()
		if m.expiry != nil {
			m.expiry.Stop()
		}
		m.room.mu.Unlock()
	}
	s.mu.Unlock()
	s.federation.Load().close() // the others take over our rooms before our members come to them
	for _, k := range open {
		k.close(websocket.CloseGoingAway, "server stops")
	}
	hard := time.AfterFunc(3*time.Second, func() {
		for _, k := range open {
			k.cut()
		}
	})
	defer hard.Stop()
	s.wg.Wait()
	s.engine.Close()
	return s.relay.Swap(nil).close()
}

// unlock gives mu back and rouses the writers of those who were told something under it.
func (s *Server) unlock() {
	touched := s.touched
	s.touched = nil
	s.mu.Unlock()
	for _, k := range touched {
		k.rouse()
	}
}

// release gives a room's lock back while mu is held.
func (s *Server) release(r *room) {
	s.touched = append(s.touched, r.touched...)
	r.touched = nil
	r.keepCopy()
	r.mu.Unlock()
}

// full tells whether no further connection would be taken.
func (s *Server) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed || len(s.clients) >= s.options.MaxConnections
}

// add takes a new connection into account; false: there are too many, or the server is closed.
func (s *Server) add(k client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.clients) >= s.options.MaxConnections {
		return false
	}
	s.clients[k] = struct{}{}
	s.metrics.sockets.Add(1)
	s.wg.Add(1)
	return true
}

// remove forgets a connection that has ended.
func (s *Server) remove(k client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, k)
	if k, ok := k.(*socket); ok && s.live[k.id] == k {
		delete(s.live, k.id)
	}
	s.wg.Done()
}
