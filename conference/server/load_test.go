package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// In fake time a machine that is busy otherwise makes this test slow, and never fail.
func TestHundredRoomsOfFourAtOnce(t *testing.T) {
	const rooms, members, signals = 100, 4, 10
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		errs := make([]error, rooms*members)
		var working sync.WaitGroup
		for i := range errs {
			working.Go(func() { errs[i] = visit(t.Context(), n, fmt.Sprint("room ", i/members), members-1, signals) })
		}
		working.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	})
}

// visit joins a room, talks to so many others, and leaves when they have left or are done as well.
func visit(ctx context.Context, n *network, room string, others, signals int) error {
	d, err := (&native.Dialer{NetDial: n.dial}).Open(ctx, &url.URL{Scheme: "ws", Host: "server"}, signaling.Options{})
	if err != nil {
		return err
	}
	s, err := d.Join(ctx, room, signaling.Peer{})
	if err != nil {
		return err
	}
	return errors.Join(chatter(ctx, s, others, signals), s.Leave(ctx))
}

// chatter sends signals to each of the others and waits for theirs, which must come in order.
func chatter(ctx context.Context, s signaling.Session, others, signals int) error {
	got := map[signaling.PeerID]uint32{}
	greet := func(to signaling.PeerID) error {
		for i := range signals {
			if err := s.Send(ctx, to, bye(uint32(i+1))); err != nil {
				return err
			}
		}
		return nil
	}
	for _, p := range s.Present() {
		if err := greet(p.ID); err != nil {
			return err
		}
	}
	complete := 0
	for complete < others {
		switch m := (<-s.Messages()).(type) {
		case signaling.PeerJoined:
			if err := greet(m.Peer.ID); err != nil {
				return err
			}
		case signaling.Received:
			if got[m.From]++; m.Signal.N != got[m.From] {
				return fmt.Errorf("%s heard signal %d of %s, want %d", s.Self(), m.Signal.N, m.From, got[m.From])
			}
			if m.Signal.N == uint32(signals) {
				complete++
			}
		case signaling.PeerLeft:
			if got[m.ID] != uint32(signals) {
				return fmt.Errorf("%s heard that %s left after signal %d", s.Self(), m.ID, got[m.ID])
			}
		default:
			return fmt.Errorf("%s heard %T %v, Err %v", s.Self(), m, m, s.Err())
		}
	}
	return nil
}
