package conference_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// twoByHand are two clients whose connections are made by the caller.
func twoByHand(t *testing.T) (ana, ben *person) {
	drivers := signaling.Registry{"memory": memory.NewHub().Open}
	manual := func(o *conference.Options) { o.Manual = true }
	v := newVillage(t) // a network without hosts yet
	ana = meet(t, drivers, "memory:", "r", "Ana", manual, v.host(0))
	ben = meet(t, drivers, "memory:", "r", "Ben", manual, v.host(1))
	return ana, ben
}

// offered waits for the offer of somebody to p.
func offered(t *testing.T, events <-chan conference.Event) conference.PeerConnectionOffer {
	t.Helper()
	select {
	case e := <-events:
		return e.(conference.PeerConnectionOffer)
	case <-time.After(10 * time.Second):
		t.Fatal("no offer came")
		panic("unreachable")
	}
}

func TestConnectionsCanBeMadeByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ana, ben := twoByHand(t)
		offers := ben.channel.Subscribe(t.Context(), "connection:offer")
		synctest.Wait()
		to := ana.channel.Snapshot().Participants[0].RemoteClient
		p, err := ana.channel.CreatePeerConnection(to)
		if err != nil {
			t.Fatal(err)
		}
		if p.State() != conference.StateNew || p.Role() != conference.Offerer || p.RemoteClient().Name != "Ben" {
			t.Errorf("made: %v as %v to %s", p.State(), p.Role(), p.RemoteClient().Name)
		}
		opened := make(chan error, 1)
		go func() { opened <- p.Open(t.Context()) }()
		q, err := offered(t, offers).Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Open(t.Context()); err != nil {
			t.Errorf("answerer: Open = %v", err)
		}
		if err := <-opened; err != nil {
			t.Errorf("offerer: Open = %v", err)
		}
		if err := p.Open(t.Context()); !errors.Is(err, conference.ErrOpened) {
			t.Errorf("a second Open = %v, want ErrOpened", err)
		}
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll([]*person{ana, ben}, 5) })
		for range 3 {
			if err := p.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
		}
		if p.State() != conference.StateClosed {
			t.Errorf("after Close: %v", p.State())
		}
		eventually(t, 5*time.Second, func() (string, bool) {
			return "the other end is still " + q.State().String(), q.State() == conference.StateClosed && q.RemoteClosed()
		})
		if n := len(ana.channel.Snapshot().Participants); n != 1 {
			t.Errorf("%d participants after Close, want Ben still there", n)
		}
	})
}

func TestARejectedOfferClosesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ana, ben := twoByHand(t)
		offers := ben.channel.Subscribe(t.Context(), "connection:offer")
		synctest.Wait()
		p, err := ana.channel.CreatePeerConnection(ana.channel.Snapshot().Participants[0].RemoteClient)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if err := offered(t, offers).Reject(); err != nil {
				t.Error(err)
			}
		}()
		if err := p.Open(t.Context()); !errors.Is(err, conference.ErrClosed) {
			t.Errorf("Open of a rejected offer = %v, want ErrClosed", err)
		}
		if !p.RemoteRejected() || p.State() != conference.StateClosed {
			t.Errorf("rejected: %v, %v", p.RemoteRejected(), p.State())
		}
	})
}

func TestNobodyAnsweringFailsTheOpeningAfterThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ana, _ := twoByHand(t)
		synctest.Wait()
		p, err := ana.channel.CreatePeerConnection(ana.channel.Snapshot().Participants[0].RemoteClient)
		if err != nil {
			t.Fatal(err)
		}
		var states []conference.ConnectionState
		seen := make(chan struct{})
		events := ana.channel.Subscribe(t.Context(), "connection")
		go func() {
			defer close(seen)
			for e := range events {
				s := e.(conference.StateChange).To
				if states = append(states, s); s == conference.StateFailed {
					return
				}
			}
		}()
		began := time.Now()
		if err := p.Open(t.Context()); !errors.Is(err, conference.ErrNotEstablished) {
			t.Errorf("Open = %v, want ErrNotEstablished", err)
		}
		if d := time.Since(began); d < 30*time.Second || d > 31*time.Second {
			t.Errorf("failed after %v, want 30 s", d)
		}
		<-seen
		for i := 1; i < len(states); i++ {
			if !states[i-1].CanBecome(states[i]) {
				t.Errorf("from %v to %v is no allowed transition", states[i-1], states[i])
			}
		}
		if err := p.Close(); err != nil || p.State() != conference.StateFailed {
			t.Errorf("Close of a failed connection: %v, %v", err, p.State())
		}
	})
}

func TestOpenStopsWaitingWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ana, _ := twoByHand(t)
		synctest.Wait()
		p, err := ana.channel.CreatePeerConnection(ana.channel.Snapshot().Participants[0].RemoteClient)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Open(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open = %v, want the context's error", err)
		}
		if s := p.State(); s.Ended() {
			t.Errorf("the connection ended with the waiting: %v", s)
		}
	})
}

func TestAfterLeavingEverythingSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ana, ben := twoByHand(t)
		synctest.Wait()
		to := ana.channel.Snapshot().Participants[0].RemoteClient
		if err := ben.channel.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := ana.channel.CreatePeerConnection(to); !errors.Is(err, conference.ErrNoClient) {
			t.Errorf("connection to one who left: %v, want ErrNoClient", err)
		}
		for range 2 {
			if err := ana.channel.Leave(t.Context()); err != nil {
				t.Errorf("Leave = %v", err)
			}
		}
		if _, err := ana.channel.CreatePeerConnection(to); !errors.Is(err, conference.ErrLeft) {
			t.Errorf("after leaving: %v, want ErrLeft", err)
		}
		if err := ana.channel.Rename("x"); !errors.Is(err, conference.ErrLeft) {
			t.Errorf("Rename after leaving: %v, want ErrLeft", err)
		}
		var last conference.Event
		for last = range ana.channel.Subscribe(t.Context()) {
		}
		if _, ok := last.(conference.Left); !ok {
			t.Errorf("what happened before the first subscription ends with %v, want Left", last)
		}
		if _, ok := <-ana.channel.Subscribe(t.Context()); ok {
			t.Error("a second subscription after leaving gave an event")
		}
	})
}
