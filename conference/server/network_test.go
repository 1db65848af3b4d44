package server_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"confab/conference/server"
)

// network is a listener in memory whose connections can be cut, so that a server and its clients live in
// fake time.
type network struct {
	accepted chan net.Conn

	mu    sync.Mutex
	down  bool
	conns []*wire
	dials int
}

// wire is the client's end of a connection.
type wire struct {
	net.Conn
	mu      sync.Mutex
	stalled chan struct{} // nil: not stalled; closed by Close
	deaf    bool
	ended   bool
}

func newNetwork() *network { return &network{accepted: make(chan net.Conn)} }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	n.mu.Lock()
	n.dials++
	if n.down {
		n.mu.Unlock()
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: errors.New("connection refused")}
	}
	n.mu.Unlock()
	here, there := net.Pipe()
	w := &wire{Conn: here}
	select {
	case n.accepted <- there:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n.mu.Lock()
	n.conns = append(n.conns, w)
	n.mu.Unlock()
	return w, nil
}

// listener is one life of a server's listener.
func (n *network) listener() net.Listener {
	return &listener{network: n, closed: make(chan struct{})}
}

type listener struct {
	network *network
	closed  chan struct{}
	once    sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.network.accepted:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// setDown refuses new connections, or allows them again.
func (n *network) setDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

// cut breaks every connection of now.
func (n *network) cut() {
	n.mu.Lock()
	conns := n.conns
	n.conns = nil
	n.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

// last is the newest connection.
func (n *network) last() *wire {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.conns[len(n.conns)-1]
}

func (n *network) dialed() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

// stall stops reading: what the other end writes finds no place, as with a network that is too slow.
func (w *wire) stall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalled = make(chan struct{})
}

// deafen loses everything that arrives from now on.
func (w *wire) deafen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = true
}

func (w *wire) Read(b []byte) (int, error) {
	for {
		n, err := w.Conn.Read(b)
		w.mu.Lock()
		stalled, deaf := w.stalled, w.deaf
		w.mu.Unlock()
		switch {
		case err == nil && stalled != nil:
			<-stalled
			return 0, net.ErrClosed
		case err == nil && deaf:
			continue
		}
		return n, err
	}
}

func (w *wire) Close() error {
	w.mu.Lock()
	if w.stalled != nil && !w.ended {
		close(w.stalled)
	}
	w.ended = true
	w.mu.Unlock()
	return w.Conn.Close()
}

// serve runs a server on the network; stop ends it and returns what Serve returned.
func serve(t *testing.T, n *network, o server.Options) (stop func() error) {
	t.Helper()
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, n.listener()) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return stop
}
