package interop_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"confab/conference/server"
)

// hub is what confab serve runs, at one address, with any number of lives.
type hub struct {
	t       *testing.T
	address string
	kill    func()
}

// newHub starts a server. It ends with the test.
func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{t: t, address: "127.0.0.1:0"}
	h.start()
	t.Cleanup(func() { h.kill() })
	return h
}

// start begins another life; kill ends it. What it knew is gone then.
func (h *hub) start() {
	h.t.Helper()
	s, err := server.New(server.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = l.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(h.t.Context()))
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(ctx, l); err != nil {
			h.t.Errorf("signaling server: %v", err)
		}
	})
	h.kill = sync.OnceFunc(func() {
		stop()
		serving.Wait()
	})
}
