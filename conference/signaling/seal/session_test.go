package seal_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling"
	"confab/conference/signaling/memory"
	"confab/conference/signaling/seal"
)

const (
	room  = "demo"
	sdp   = "v=0\r\na=fingerprint:sha-256 AB:CD\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n"
	later = 30 * time.Second
)

// world is a hub whose messages pass through a man in the middle, who notes them and may change them.
type world struct {
	hub    *memory.Hub
	key    string
	meddle func(signaling.Message) []signaling.Message // nil: nothing

	mu     sync.Mutex
	passed []signaling.Message
}

func newWorld() *world { return &world{hub: memory.NewHub(), key: signaling.NewKey()} }

// join joins with a key; an empty one: as somebody who seals nothing.
func (w *world) join(t *testing.T, name, key string) signaling.Session {
	t.Helper()
	inner, err := w.hub.Open(t.Context(), nil, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := signaling.Driver(&tapped{inner, w})
	if key != "" {
		if d, err = seal.Wrap(d, key, nil); err != nil {
			t.Fatal(err)
		}
	}
	s, err := d.Join(t.Context(), room, signaling.Peer{Name: name, Metadata: signaling.Metadata{Camera: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Leave(context.Background()); err != nil {
			t.Errorf("%s leaves: %v", name, err)
		}
	})
	return s
}

type tapped struct {
	signaling.Driver

	world *world
}

func (d *tapped) Join(ctx context.Context, room string, self signaling.Peer) (signaling.Session, error) {
	inner, err := d.Driver.Join(ctx, room, self)
	if err != nil {
		return nil, err
	}
	s := &tap{Session: inner, messages: make(chan signaling.Message), left: make(chan struct{})}
	go func() { // ends with inner
		defer close(s.messages)
		for m := range inner.Messages() {
			d.world.mu.Lock()
			d.world.passed = append(d.world.passed, m)
			d.world.mu.Unlock()
			all := []signaling.Message{m}
			if d.world.meddle != nil {
				all = d.world.meddle(m)
			}
			for _, m := range all {
				select {
				case s.messages <- m:
				case <-s.left:
				}
			}
		}
	}()
	return s, nil
}

type tap struct {
	signaling.Session

	messages chan signaling.Message
	left     chan struct{}
	leave    sync.Once
}

func (s *tap) Leave(ctx context.Context) error {
	s.leave.Do(func() { close(s.left) })
	return s.Session.Leave(ctx)
}

func (s *tap) Messages() <-chan signaling.Message { return s.messages }

// waiting are the messages that have come by now, PeerErrors in place of the Refused around them.
func waiting(s signaling.Session) []any {
	var all []any
	for {
		synctest.Wait()
		select {
		case m, ok := <-s.Messages():
			if !ok {
				return all
			}
			if r, ok := m.(signaling.Refused); ok {
				var p *seal.PeerError
				if errors.As(r.Err, &p) {
					all = append(all, *p)
					continue
				}
			}
			all = append(all, m)
		default:
			return all
		}
	}
}

func expect(t *testing.T, who string, s signaling.Session, want ...any) {
	t.Helper()
	equal := cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })
	if diff := cmp.Diff(want, waiting(s), equal); diff != "" {
		t.Errorf("%s heard (-want +got):\n%s", who, diff)
	}
}

func member(s signaling.Session, name string) signaling.Peer {
	return signaling.Peer{ID: s.Self(), Name: name, Metadata: signaling.Metadata{Camera: true}}
}

func offer(n uint32) signaling.Signal {
	return signaling.Signal{Kind: signaling.Offer, Conn: "c_1", N: n, SDP: sdp, Slots: map[string]string{"0": "mic"}}
}

func send(t *testing.T, from, to signaling.Session, s signaling.Signal) {
	t.Helper()
	if err := from.Send(t.Context(), to.Self(), s); err != nil {
		t.Fatal(err)
	}
}

// settle reads what both have heard so far.
func settle(sessions ...signaling.Session) {
	for _, s := range sessions {
		waiting(s)
	}
}

func TestThreeWithOneKeyTalkAndTheServerReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a := w.join(t, "Alice", w.key)
		b := w.join(t, "Bob", w.key)
		expect(t, "Alice", a, signaling.PeerJoined{Peer: member(b, "Bob")})
		expect(t, "Bob", b, signaling.PeerJoined{Peer: member(a, "Alice"), Offers: true})
		c := w.join(t, "Carol", w.key)
		expect(t, "Alice", a, signaling.PeerJoined{Peer: member(c, "Carol")})
		expect(t, "Bob", b, signaling.PeerJoined{Peer: member(c, "Carol")})
		if got := len(waiting(c)); got != 2 {
			t.Errorf("Carol heard %d messages, want 2", got)
		}
		send(t, a, b, offer(1))
		send(t, b, a, offer(2))
		send(t, a, c, offer(3))
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: offer(1)})
		expect(t, "Alice", a, signaling.Received{From: b.Self(), Signal: offer(2)})
		expect(t, "Carol", c, signaling.Received{From: a.Self(), Signal: offer(3)})
		if err := a.Update(t.Context(), "Alice on the road", signaling.Metadata{Microphone: true}); err != nil {
			t.Fatal(err)
		}
		want := signaling.PeerUpdated{Peer: signaling.Peer{ID: a.Self(), Name: "Alice on the road", Metadata: signaling.Metadata{Microphone: true}}}
		expect(t, "Bob", b, want)
		expect(t, "Carol", c, want)
		checkPassed(t, w)
	})
}

// checkPassed checks that what the man in the middle saw says nothing.
func checkPassed(t *testing.T, w *world) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.passed {
		switch m := m.(type) {
		case signaling.Received:
			bare := signaling.Signal{Kind: signaling.Sealed, Conn: "sealed", N: m.Signal.N, Sealed: m.Signal.Sealed}
			if diff := cmp.Diff(bare, m.Signal); diff != "" {
				t.Errorf("a signal says more than its sealed text:\n%s", diff)
			}
			raw, err := base64.RawURLEncoding.DecodeString(m.Signal.Sealed)
			if err != nil || slices.ContainsFunc([]string{"Alice", "Bob", "AB:CD", "192.0.2.1", "kind"}, func(s string) bool {
				return strings.Contains(string(raw), s)
			}) {
				t.Errorf("sealed text can be read: %q, %v", raw, err)
			}
		case signaling.PeerJoined:
			if m.Peer.Name != "Sealed" || m.Peer.Metadata != (signaling.Metadata{}) {
				t.Errorf("the server knows %+v", m.Peer)
			}
		case signaling.PeerUpdated:
			t.Errorf("the server knows %+v", m.Peer)
		}
	}
}

func TestMemberWithAnotherKeyIsToldAndLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a := w.join(t, "Alice", w.key)
		b := w.join(t, "Bob", signaling.NewKey())
		expect(t, "Bob", b, seal.PeerError{ID: a.Self(), Err: seal.ErrOtherKey})
		expect(t, "Alice", a, seal.PeerError{ID: b.Self(), Err: seal.ErrOtherKey})
		if err := a.Send(t.Context(), b.Self(), offer(1)); !errors.Is(err, signaling.ErrNoSuchPeer) {
			t.Errorf("Send = %v, want ErrNoSuchPeer", err)
		}
		time.Sleep(later)
		expect(t, "Bob, later,", b)
		expect(t, "Alice, later,", a)
	})
}

func TestMemberWithoutKeyIsRefusedAndHearsThatTheRoomIsSealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a := w.join(t, "Alice", w.key)
		b := w.join(t, "Bob", "")
		heard := waiting(b)
		if r, ok := heard[0].(signaling.Received); !ok || r.Signal.Kind != signaling.Sealed {
			t.Errorf("Bob heard %v", heard)
		}
		expect(t, "Alice", a)
		send(t, b, a, offer(1))
		expect(t, "Alice", a, seal.PeerError{ID: b.Self(), Name: "Bob", Err: seal.ErrUnsealed})
		send(t, b, a, offer(2))
		expect(t, "Alice", a)
	})
}

func TestSilentMemberWithoutKeyIsRefusedAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := w.join(t, "Bob", "")
		a := w.join(t, "Alice", w.key)
		expect(t, "Alice", a)
		time.Sleep(later)
		expect(t, "Alice", a, seal.PeerError{ID: b.Self(), Name: "Bob", Err: seal.ErrUnsealed})
		if n := len(waiting(b)); n != 3 {
			t.Errorf("Bob heard %d messages, want Alice's coming and two hellos", n)
		}
	})
}

func TestProgramOfAnotherKindIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.meddle = func(m signaling.Message) []signaling.Message {
			if j, ok := m.(signaling.PeerJoined); ok {
				j.Peer.Foreign = true
				m = j
			}
			return []signaling.Message{m}
		}
		a := w.join(t, "Alice", w.key)
		b := w.join(t, "Page", "")
		expect(t, "Alice", a, seal.PeerError{ID: b.Self(), Name: "Page", Err: seal.ErrUnsealed})
		expect(t, "Page", b)
	})
}

func TestSwappedFingerprintIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a, b := w.join(t, "Alice", w.key), w.join(t, "Bob", w.key)
		settle(a, b)
		evil := offer(1)
		evil.SDP = strings.ReplaceAll(sdp, "AB:CD", "EE:EE")
		w.meddle = func(m signaling.Message) []signaling.Message {
			if r, ok := m.(signaling.Received); ok && r.From == a.Self() {
				r.Signal = evil
				m = r
			}
			return []signaling.Message{m}
		}
		send(t, a, b, offer(1))
		expect(t, "Bob", b, seal.PeerError{ID: a.Self(), Name: "Alice", Err: seal.ErrTampered})
	})
}

func TestChangedBitIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a, b := w.join(t, "Alice", w.key), w.join(t, "Bob", w.key)
		settle(a, b)
		w.meddle = func(m signaling.Message) []signaling.Message {
			if r, ok := m.(signaling.Received); ok {
				raw, _ := base64.RawURLEncoding.DecodeString(r.Signal.Sealed)
				raw[len(raw)/2] ^= 1
				r.Signal.Sealed = base64.RawURLEncoding.EncodeToString(raw)
				m = r
			}
			return []signaling.Message{m}
		}
		send(t, a, b, offer(1))
		expect(t, "Bob", b, seal.PeerError{ID: a.Self(), Name: "Alice", Err: seal.ErrTampered})
		w.meddle = nil
		send(t, a, b, offer(2)) // what is not touched goes on
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: offer(2)})
	})
}

func TestWhatIsSaidAgainIsHeardOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.meddle = func(m signaling.Message) []signaling.Message {
			if _, ok := m.(signaling.Received); ok {
				return []signaling.Message{m, m}
			}
			return []signaling.Message{m}
		}
		a, b := w.join(t, "Alice", w.key), w.join(t, "Bob", w.key)
		expect(t, "Alice", a, signaling.PeerJoined{Peer: member(b, "Bob")})
		expect(t, "Bob", b, signaling.PeerJoined{Peer: member(a, "Alice"), Offers: true})
		send(t, a, b, offer(1))
		send(t, b, a, offer(1))
		expect(t, "Alice", a, signaling.Received{From: b.Self(), Signal: offer(1)})
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: offer(1)})
	})
}

// TestSignalsOfAnEarlierCallAreNotHeardAgain has the man in the middle repeat a whole earlier call.
func TestSignalsOfAnEarlierCallAreNotHeardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		inner, err := w.hub.Open(t.Context(), nil, signaling.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := seal.Wrap(&tapped{inner, w}, w.key, nil) // joins twice, with one ID
		if err != nil {
			t.Fatal(err)
		}
		a := w.join(t, "Alice", w.key)
		first, err := d.Join(t.Context(), room, signaling.Peer{Name: "Bob"})
		if err != nil {
			t.Fatal(err)
		}
		settle(a, first)
		send(t, a, first, offer(1))
		settle(a, first)
		if err := first.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		var old []signaling.Message
		w.mu.Lock()
		passed := slices.Clone(w.passed)
		w.mu.Unlock()
		for _, m := range passed {
			if r, ok := m.(signaling.Received); ok && r.From == a.Self() {
				old = append(old, m)
			}
		}
		again, err := d.Join(t.Context(), room, signaling.Peer{Name: "Bob"})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Leave(context.Background())
		settle(a, again)
		w.meddle = func(m signaling.Message) []signaling.Message {
			if r, ok := m.(signaling.Received); ok && r.From == a.Self() {
				return slices.Concat(old, []signaling.Message{m})
			}
			return []signaling.Message{m}
		}
		send(t, a, again, offer(7))
		var signals []signaling.Signal
		for _, m := range waiting(again) {
			if r, ok := m.(signaling.Received); ok {
				signals = append(signals, r.Signal)
			}
		}
		if diff := cmp.Diff([]signaling.Signal{offer(7)}, signals); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
	})
}

func TestLostHelloIsSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var sent atomic.Int32
		w.hub.Filter(func(_, _ signaling.PeerID, s signaling.Signal) bool { return sent.Add(1) > 2 })
		a, b := w.join(t, "Alice", w.key), w.join(t, "Bob", w.key)
		settle(a, b)
		time.Sleep(later)
		send(t, a, b, offer(1))
		heard := waiting(b)
		if len(heard) == 0 || cmp.Diff(heard[len(heard)-1], any(signaling.Received{From: a.Self(), Signal: offer(1)})) != "" {
			t.Errorf("Bob heard %v", heard)
		}
	})
}

func TestForgottenRoomMeetsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a, b := w.join(t, "Alice", w.key), w.join(t, "Bob", w.key)
		settle(a, b)
		w.hub.Interrupt(b.Self())
		expect(t, "Alice", a, signaling.PeerAway{ID: b.Self(), Away: true})
		settle(b)
		if err := b.Update(t.Context(), "Bob again", signaling.Metadata{Camera: true}); err != nil {
			t.Fatal(err)
		}
		w.hub.Rejoin(b.Self())
		heard := waiting(b)
		if diff := cmp.Diff(any(signaling.Resumed{Members: []signaling.Peer{member(a, "Alice")}}), heard[0]); diff != "" {
			t.Errorf("Bob heard (-want +got):\n%s", diff)
		}
		joined := slices.ContainsFunc(waiting(a), func(m any) bool {
			j, ok := m.(signaling.PeerJoined)
			return ok && j.Peer.Name == "Bob again"
		})
		if !joined {
			t.Error("Alice did not hear that Bob is back")
		}
		settle(a, b)
		send(t, a, b, offer(1))
		send(t, b, a, offer(2))
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: offer(1)})
		expect(t, "Alice", a, signaling.Received{From: b.Self(), Signal: offer(2)})
	})
}

func TestSessionEndsWithItsCarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a, b := w.join(t, "Alice", w.key), w.join(t, "Bob", w.key)
		settle(a, b)
		w.hub.Kick(b.Self())
		settle(b)
		if _, open := <-b.Messages(); open || !errors.Is(b.Err(), signaling.ErrKicked) {
			t.Errorf("open %v, err %v", open, b.Err())
		}
		expect(t, "Alice", a, signaling.PeerLeft{ID: b.Self(), Reason: "kicked"})
		if err := b.Update(t.Context(), "Bob", signaling.Metadata{}); !errors.Is(err, signaling.ErrLeft) {
			t.Errorf("Update = %v, want ErrLeft", err)
		}
	})
}

func TestLeavingDoesNotWaitForAReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a := w.join(t, "Alice", w.key)
		w.join(t, "Bob", w.key)
		synctest.Wait()
		if err := a.Leave(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
