package memory_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// join puts somebody into the room "demo" and leaves at the end of the test.
func join(t *testing.T, h *memory.Hub, name string) signaling.Session {
	t.Helper()
	s, err := tryJoin(t, h, name, signaling.Options{})
	if err != nil {
		t.Fatalf("join as %s: %v", name, err)
	}
	t.Cleanup(func() {
		if err := s.Leave(context.Background()); err != nil {
			t.Errorf("leave: %v", err)
		}
	})
	return s
}

func tryJoin(t *testing.T, h *memory.Hub, name string, o signaling.Options) (signaling.Session, error) {
	t.Helper()
	d, err := signaling.Registry{"memory": h.Open}.Open(t.Context(), "memory:", o)
	if err != nil {
		t.Fatalf("open driver: %v", err)
	}
	return d.Join(t.Context(), "demo", signaling.Peer{Name: name})
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

func candidates(n uint32) signaling.Signal {
	mid := "0"
	return signaling.Signal{Kind: signaling.Candidates, Conn: "c_1", N: n, Candidates: []signaling.Candidate{
		{Candidate: "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host", SDPMid: &mid},
	}}
}

func expect(t *testing.T, who string, s signaling.Session, want ...signaling.Message) {
	t.Helper()
	if diff := cmp.Diff(want, waiting(s), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s heard (-want +got):\n%s", who, diff)
	}
}

func TestWhoIsThereFirstHearsOfTheNewcomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a := join(t, h, "Alice")
		b := join(t, h, " Bob\u202e ")
		alice, bob := signaling.Peer{ID: a.Self(), Name: "Alice"}, signaling.Peer{ID: b.Self(), Name: "Bob"}
		if diff := cmp.Diff([]signaling.Peer{alice}, b.Present()); diff != "" {
			t.Errorf("present for Bob (-want +got):\n%s", diff)
		}
		expect(t, "Alice", a, signaling.PeerJoined{Peer: bob})

		if err := a.Send(t.Context(), b.Self(), candidates(1)); err != nil {
			t.Fatal(err)
		}
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: candidates(1)})

		if err := b.Update(t.Context(), "Robert", signaling.Metadata{Camera: true}); err != nil {
			t.Fatal(err)
		}
		bob.Name, bob.Metadata.Camera = "Robert", true
		expect(t, "Alice", a, signaling.PeerUpdated{Peer: bob})

		if err := b.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, "Alice", a, signaling.PeerLeft{ID: b.Self(), Reason: "leave"})
		if err := b.Send(t.Context(), a.Self(), candidates(2)); !errors.Is(err, signaling.ErrLeft) {
			t.Errorf("send after Leave: %v, want ErrLeft", err)
		}
		if _, open := <-b.Messages(); open || b.Err() != nil {
			t.Errorf("after Leave: open %v, Err %v", open, b.Err())
		}
	})
}

func TestInterruptedMemberHearsWhatItMissedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a, b := join(t, h, "Alice"), join(t, h, "Bob")
		waiting(a)
		h.Interrupt(b.Self())
		expect(t, "Alice", a, signaling.PeerAway{ID: b.Self(), Away: true})
		if got := waiting(b); len(got) != 1 || !errors.Is(got[0].(signaling.Interrupted).Err, signaling.ErrInterrupted) {
			t.Errorf("Bob heard %v, want Interrupted", got)
		}
		if err := b.Send(t.Context(), a.Self(), candidates(1)); !errors.Is(err, signaling.ErrInterrupted) {
			t.Errorf("send while interrupted: %v", err)
		}
		if err := b.Update(t.Context(), "Bobby", signaling.Metadata{}); err != nil {
			t.Fatal(err)
		}
		for n := range uint32(2) {
			if err := a.Send(t.Context(), b.Self(), candidates(n+1)); err != nil {
				t.Fatal(err)
			}
		}
		c := join(t, h, "Carol")
		expect(t, "Bob", b)
		h.Resume(b.Self())
		expect(t, "Bob", b,
			signaling.Resumed{Members: []signaling.Peer{{ID: a.Self(), Name: "Alice"}}, Replayed: true},
			signaling.Received{From: a.Self(), Signal: candidates(1)},
			signaling.Received{From: a.Self(), Signal: candidates(2)},
			signaling.PeerJoined{Peer: signaling.Peer{ID: c.Self(), Name: "Carol"}})
		expect(t, "Carol", c,
			signaling.PeerAway{ID: b.Self()},
			signaling.PeerUpdated{Peer: signaling.Peer{ID: b.Self(), Name: "Bobby"}})
	})
}

func TestAbsentMemberMissesAtMost64Signals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a, b := join(t, h, "Alice"), join(t, h, "Bob")
		h.Interrupt(b.Self())
		waiting(a)
		for n := range uint32(65) {
			if err := a.Send(t.Context(), b.Self(), candidates(n+1)); err != nil {
				t.Fatal(err)
			}
		}
		expect(t, "Alice", a, signaling.Refused{To: b.Self(), Err: signaling.ErrRateLimited})
		h.Resume(b.Self())
		if got := len(waiting(b)); got != 2+64 { // Interrupted, Resumed
			t.Errorf("Bob heard %d messages, want 66", got)
		}
	})
}

func TestRejoiningMemberKeepsItsIDAndLosesWhatItMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a, b := join(t, h, "Alice"), join(t, h, "Bob")
		h.Interrupt(a.Self())
		if err := b.Send(t.Context(), a.Self(), candidates(1)); err != nil {
			t.Fatal(err)
		}
		h.Expire(a.Self())
		c := join(t, h, "Carol")
		if len(c.Present()) != 1 {
			t.Errorf("Carol sees %v, want Bob alone", c.Present())
		}
		waiting(a)
		waiting(b)
		h.Resume(a.Self())
		expect(t, "Alice", a, signaling.Resumed{Members: []signaling.Peer{
			{ID: b.Self(), Name: "Bob"}, {ID: c.Self(), Name: "Carol"},
		}})
		expect(t, "Bob", b, signaling.PeerJoined{Peer: signaling.Peer{ID: a.Self(), Name: "Alice"}})
	})
}

func TestFilterDropsSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a, b := join(t, h, "Alice"), join(t, h, "Bob")
		h.Filter(func(_, _ signaling.PeerID, s signaling.Signal) bool { return s.N != 1 })
		for n := range uint32(2) {
			if err := a.Send(t.Context(), b.Self(), candidates(n+1)); err != nil {
				t.Fatal(err)
			}
		}
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: candidates(2)})
	})
}

func TestSessionsEndWithAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		o := signaling.Options{Key: signaling.NewKey(), Password: "x"}
		a, err := tryJoin(t, h, "Alice", o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := tryJoin(t, h, "Alice again", o)
		if err != nil {
			t.Fatal(err)
		}
		if waiting(a); !errors.Is(a.Err(), signaling.ErrReplaced) || a.Self() != b.Self() {
			t.Errorf("first session: Err %v, want ErrReplaced", a.Err())
		}
		if _, err := tryJoin(t, h, "Mallory", signaling.Options{Password: "y"}); !errors.Is(err, signaling.ErrUnauthorized) {
			t.Errorf("another password: %v, want ErrUnauthorized", err)
		}
		h.Kick(b.Self())
		if waiting(b); !errors.Is(b.Err(), signaling.ErrKicked) {
			t.Errorf("kicked: Err %v", b.Err())
		}
		if _, err := (signaling.Registry{"memory": h.Open}).Open(t.Context(), "memory:", signaling.Options{Key: "short"}); err == nil {
			t.Error("a key of 5 characters is taken")
		}
	})
}

func TestSessionThatNobodyReadsEndsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a, b, c := join(t, h, "Alice"), join(t, h, "Bob"), join(t, h, "Carol")
		waiting(c)
		for n := range uint32(1200) {
			if err := a.Send(t.Context(), b.Self(), candidates(n+1)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if !errors.Is(b.Err(), signaling.ErrTooSlow) {
			t.Errorf("Err %v, want ErrTooSlow", b.Err())
		}
		expect(t, "Carol", c, signaling.PeerLeft{ID: b.Self(), Reason: "lost"})
	})
}

func TestReceiverSharesNoMemoryWithTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := memory.NewHub()
		a, b := join(t, h, "Alice"), join(t, h, "Bob")
		s := candidates(1)
		if err := a.Send(t.Context(), b.Self(), s); err != nil {
			t.Fatal(err)
		}
		s.Candidates[0].Candidate = "changed"
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: candidates(1)})
	})
}

func ExampleHub() {
	hub := memory.NewHub()
	ctx := context.Background()
	var sessions []signaling.Session
	for _, name := range []string{"Alice", "Bob"} {
		d, err := hub.Open(ctx, &url.URL{Scheme: "memory"}, signaling.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		s, err := d.Join(ctx, "demo", signaling.Peer{Name: name})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer s.Leave(ctx)
		sessions = append(sessions, s)
	}
	joined := (<-sessions[0].Messages()).(signaling.PeerJoined)
	fmt.Println(joined.Peer.Name, "is here;", sessions[1].Present()[0].Name, "was here before")
	// Output: Bob is here; Alice was here before
}
