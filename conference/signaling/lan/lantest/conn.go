package lantest

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// listener gives away connections to one port of a host.
type listener struct {
	host    *Host
	port    uint16
	waiting chan net.Conn // capacity 64, as a system's backlog
	done    chan struct{}
	once    sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.waiting:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.host.network.mu.Lock()
		delete(l.host.listeners, l.port)
		l.host.network.mu.Unlock()
		close(l.done)
	})
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv6zero, Port: int(l.port)} }

// conn is one end of a connection. Once something was lost on its way, nothing arrives any more.
type conn struct {
	in, out       *stream
	local, remote net.Addr
	whole         func() bool
	lost          *atomic.Bool
}

// connect makes both ends of a connection; whole tells whether what is sent arrives.
func connect(local, remote net.Addr, whole func() bool) (net.Conn, net.Conn) {
	there, back, lost := newStream(), newStream(), new(atomic.Bool)
	return &conn{back, there, local, remote, whole, lost}, &conn{there, back, remote, local, whole, lost}
}

func (c *conn) Read(b []byte) (int, error) { return c.in.read(b) }

func (c *conn) Write(b []byte) (int, error) {
	if !c.arrives() {
		return len(b), nil
	}
	return c.out.write(b)
}

func (c *conn) arrives() bool {
	if !c.whole() {
		c.lost.Store(true)
	}
	return !c.lost.Load()
}

func (c *conn) Close() error {
	c.in.abandon()
	if c.arrives() {
		c.out.end()
	}
	return nil
}

func (c *conn) LocalAddr() net.Addr               { return c.local }
func (c *conn) RemoteAddr() net.Addr              { return c.remote }
func (c *conn) SetReadDeadline(t time.Time) error { c.in.setDeadline(t); return nil }
func (c *conn) SetWriteDeadline(time.Time) error  { return nil } // writing never waits
func (c *conn) SetDeadline(t time.Time) error     { return c.SetReadDeadline(t) }

// stream is one direction of a connection, with room for everything.
type stream struct {
	mu        sync.Mutex
	moved     sync.Cond // data, ended, abandoned or the deadline
	data      []byte
	ended     bool // by the writer
	abandoned bool // by the reader
	deadline  time.Time
	timer     *time.Timer
}

func newStream() *stream {
	s := &stream{}
	s.moved.L = &s.mu
	return s
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.abandoned:
			return 0, net.ErrClosed
		case !s.deadline.IsZero() && !time.Now().Before(s.deadline):
			return 0, os.ErrDeadlineExceeded
		case len(s.data) > 0:
			n := copy(b, s.data)
			s.data = s.data[n:]
			return n, nil
		case s.ended:
			return 0, io.EOF
		}
		s.moved.Wait()
	}
}

func (s *stream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return 0, net.ErrClosed
	case s.abandoned:
		return 0, syscall.EPIPE
	}
	s.data = append(s.data, b...)
	s.moved.Broadcast()
	return len(b), nil
}

func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.moved.Broadcast()
}

func (s *stream) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.moved.Broadcast()
}

func (s *stream) setDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
	if s.timer != nil {
		s.timer.Stop()
	}
	if !t.IsZero() {
		s.timer = time.AfterFunc(time.Until(t), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.moved.Broadcast()
		})
	}
	s.moved.Broadcast()
}
