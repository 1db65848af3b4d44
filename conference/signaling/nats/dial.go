package nats

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"confab/conference/signaling"
	"confab/conference/signaling/vigil"
)

// Dial implements nats.go's dialer. The library gives neither a context nor a limit to what a server says
// before it lets us in.
func (s *server) Dial(network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g := &greeted{cancel: cancel, gone: make(chan struct{})}
	g.leave = sync.OnceFunc(func() { close(g.gone) })
	g.left.Store(maxGreeting)
	if !s.begin(g) {
		return nil, net.ErrClosed
	}
	conn, err := (&net.Dialer{Timeout: dialWait, KeepAlive: pingEvery}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abandoned {
		conn.Close()
		return nil, net.ErrClosed
	}
	s.dialed = true
	g.Conn = conn
	s.wg.Go(func() { s.watch(g) })
	return g, nil
}

// begin makes a socket the newest one, unless nothing is dialed any more.
func (s *server) begin(g *greeted) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abandoned {
		return false
	}
	if s.current != nil {
		s.current.leave()
	}
	s.current = g
	return true
}

// watch breaks a socket of which nothing can come any more; nats.go sees it.
func (s *server) watch(g *greeted) {
	if err := vigil.Watch(g.gone, vigil.Options{Local: g.LocalAddr()}); err != nil {
		s.log.Info("signaling server cannot reach us any more", "err", err)
		g.Close()
	}
}

// abandon ends whatever dialing or greeting is under way, and the connection; nothing is dialed any more.
func (s *server) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned = true
	if s.current == nil {
		return
	}
	s.current.cancel()
	if s.current.Conn != nil {
		s.current.Close()
	}
}

// closed is called when nats.go gives a connection up for good, as it does with a server that says an error
// which it does not know.
func (s *server) closed(conn *natsgo.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.abandoned && !s.redialing && conn == s.conn.Load() {
		s.redialing = true
		s.wg.Go(s.redial)
	}
}

// redial makes new connections until one lives.
func (s *server) redial() {
	for n := 0; ; n++ {
		pause := time.NewTimer(signaling.RetryPause(n, rand.Float64()))
		select {
		case <-pause.C:
		case <-s.stopped:
			pause.Stop()
			return
		}
		conn, err := s.open(context.Background())
		if err != nil {
			s.failed(err)
			continue
		}
		if s.redialed(conn) {
			return
		}
	}
}

// redialed takes a new connection, and tells whether nothing is left to be done.
func (s *server) redialed(conn *natsgo.Conn) bool {
	s.mu.Lock()
	abandoned := s.abandoned
	s.redialing = false
	s.conn.Store(conn)
	s.mu.Unlock()
	if abandoned {
		conn.Close()
		return true
	}
	if !conn.IsClosed() { // not under the lock: nats.go dials under its own
		s.back()
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redialing || s.abandoned {
		return true
	}
	s.redialing = true
	return false
}

// admitted lifts the limit: what comes now has nats.go's.
func (s *server) admitted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entered = true
	if s.current != nil {
		s.current.left.Store(math.MaxInt64)
	}
}

// greeted is a socket whose other end may say only so much before it has let us in.
type greeted struct {
	net.Conn // guarded by server.mu until Dial returns
	cancel   context.CancelFunc
	gone     chan struct{}
	leave    func() // closes gone, once
	left     atomic.Int64
}

var errTalkative = errors.New("too many bytes before we are let in")

// Read counts what arrives.
func (g *greeted) Read(b []byte) (int, error) {
	if g.left.Load() < 0 {
		return 0, errTalkative
	}
	n, err := g.Conn.Read(b)
	g.left.Add(-int64(n))
	return n, err
}

// Close ends the connection, and with it the watch.
func (g *greeted) Close() error {
	g.leave()
	return g.Conn.Close()
}
