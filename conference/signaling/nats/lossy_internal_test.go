package nats

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

// broker passes packets on to those who listen, and loses and repeats some. It belongs to one bubble.
type broker struct {
	lose float64 // 0 to 1

	mu      sync.Mutex
	random  *rand.Rand
	members []*seat
}

// seat is one's connection to the broker.
type seat struct {
	broker   *broker
	subjects []string
	in       chan *natsgo.Msg
	path     chan news
	online   bool // guarded by broker.mu
}

func (b *broker) sit(subjects []string) *seat {
	s := &seat{broker: b, subjects: subjects, in: make(chan *natsgo.Msg, 1024), path: make(chan news, 4), online: true}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.members = append(b.members, s)
	return s
}

var errOffline = errors.New("offline")

func (s *seat) publish(subject string, data []byte) error {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	if !s.online {
		return errOffline
	}
	for _, m := range s.broker.members {
		for _, o := range m.subjects {
			if m == s || !m.online || o != subject || s.broker.random.Float64() < s.broker.lose {
				continue
			}
			m.in <- &natsgo.Msg{Data: data}
			if s.broker.random.Float64() < s.broker.lose {
				m.in <- &natsgo.Msg{Data: data}
			}
		}
	}
	return nil
}

func (s *seat) packets() <-chan *natsgo.Msg { return s.in }
func (s *seat) news() <-chan news           { return s.path }
func (s *seat) drain()                      { s.path <- news{kind: pathOver} }
func (s *seat) close()                      {}

// cut takes the path away, or gives it back.
func (s *seat) cut(gone bool) {
	s.broker.mu.Lock()
	s.online = !gone
	s.broker.mu.Unlock()
	if gone {
		s.path <- news{pathLost, signaling.ErrUnreachable}
	} else {
		s.path <- news{kind: pathBack}
	}
	synctest.Wait()
}

func (b *broker) join(t *testing.T, name string) (*session, *seat) {
	t.Helper()
	o, err := parse(&url.URL{Scheme: "nats", Host: "host"})
	if err != nil {
		t.Fatal(err)
	}
	words, err := newModern(o, "demo")
	if err != nil {
		t.Fatal(err)
	}
	seat := b.sit(words.subjects())
	s := start(o, words, seat, signaling.Peer{Name: name}, slog.New(slog.DiscardHandler))
	synctest.Wait()
	return s, seat
}

// all are the messages so far.
func all(s *session) []signaling.Message {
	synctest.Wait()
	var messages []signaling.Message
	for {
		select {
		case m := <-s.messages:
			messages = append(messages, m)
		default:
			return messages
		}
	}
}

// only are those of one type.
func only[M signaling.Message](messages []signaling.Message) []M {
	var some []M
	for _, m := range messages {
		if m, ok := m.(M); ok {
			some = append(some, m)
		}
	}
	return some
}

func end(t *testing.T, sessions ...*session) {
	t.Helper()
	for _, s := range sessions {
		if err := s.Leave(context.Background()); err != nil {
			t.Errorf("Leave: %v", err)
		}
	}
}

func newBroker(lose float64) *broker {
	return &broker{lose: lose, random: rand.New(rand.NewPCG(1, 2))}
}

func TestSignalsArriveOnceAndInOrderWhateverIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0.4)
		alice, _ := b.join(t, "Alice")
		bob, _ := b.join(t, "Bob")
		time.Sleep(15 * time.Second)
		if joined := only[signaling.PeerJoined](all(bob)); len(joined) != 1 {
			t.Fatalf("after 15 s Bob has met %v", joined)
		}
		const n = 50
		for i := range n {
			s := signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: uint32(i + 1)}
			if err := alice.Send(t.Context(), bob.Self(), s); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(15 * time.Second)
		got := only[signaling.Received](all(bob))
		if len(got) != n {
			t.Errorf("%d signals arrived, want %d", len(got), n)
		}
		for i, r := range got {
			if r.Signal.N != uint32(i+1) {
				t.Errorf("signal %d has number %d", i, r.Signal.N)
			}
		}
		end(t, alice, bob)
	})
}

func TestWhoIsSilentIsAwayThenGoneAndWelcomeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0)
		alice, _ := b.join(t, "Alice")
		bob, seat := b.join(t, "Bob")
		time.Sleep(3 * time.Second)
		all(alice)
		all(bob)
		seat.cut(true)
		if got := only[signaling.Interrupted](all(bob)); len(got) != 1 {
			t.Errorf("Bob is told %d times that the path is lost", len(got))
		}
		err := bob.Send(t.Context(), alice.Self(), signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: 1})
		if !errors.Is(err, signaling.ErrInterrupted) {
			t.Errorf("Send without a path = %v, want ErrInterrupted", err)
		}
		time.Sleep(silence + time.Second)
		if got := only[signaling.PeerAway](all(alice)); len(got) != 1 || !got[0].Away {
			t.Errorf("Alice hears %v, want that Bob is away", got)
		}
		seat.cut(false)
		if got := only[signaling.PeerAway](all(alice)); len(got) != 1 || got[0].Away {
			t.Errorf("Alice hears %v, want that Bob is back", got)
		}
		if got := only[signaling.Resumed](all(bob)); len(got) != 1 || len(got[0].Members) != 1 {
			t.Errorf("Bob hears %+v, want that the path is back, and Alice's name", got)
		}
		seat.cut(true)
		time.Sleep(lostAfter + time.Second)
		if got := only[signaling.PeerLeft](all(alice)); len(got) != 1 || got[0].Reason != "lost" {
			t.Errorf("Alice hears %v, want that Bob is lost", got)
		}
		seat.cut(false)
		if got := only[signaling.PeerJoined](all(alice)); len(got) != 1 || got[0].Peer.ID != bob.Self() {
			t.Errorf("Alice hears %+v, want that Bob has joined", got)
		}
		// Alice has forgotten what she heard of Bob, and he has not.
		for n := range uint32(3) {
			if err := bob.Send(t.Context(), alice.Self(), signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: n + 1}); err != nil {
				t.Fatal(err)
			}
		}
		if got := only[signaling.Received](all(alice)); len(got) != 3 {
			t.Errorf("Alice hears %d signals, want 3", len(got))
		}
		end(t, alice, bob)
	})
}

func TestAReaderThatDoesNotReadIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0)
		alice, _ := b.join(t, "Alice")
		bob, _ := b.join(t, "Bob")
		time.Sleep(time.Second)
		for len(alice.messages) < maxUnread {
			alice.messages <- signaling.Refused{}
		}
		if err := bob.Update(t.Context(), "Robert", signaling.Metadata{}); err != nil {
			t.Fatal(err)
		}
		<-alice.done
		if !errors.Is(alice.Err(), signaling.ErrTooSlow) {
			t.Errorf("Err = %v, want ErrTooSlow", alice.Err())
		}
		end(t, alice, bob)
	})
}

func TestWhatWaitsForSomebodyIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0)
		alice, _ := b.join(t, "Alice")
		bob, seat := b.join(t, "Bob")
		time.Sleep(time.Second)
		seat.cut(true)
		var err error
		for n := uint32(1); err == nil && n <= 2*maxKept; n++ {
			err = alice.Send(t.Context(), bob.Self(), signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: n})
		}
		if !errors.Is(err, signaling.ErrRateLimited) {
			t.Errorf("Send = %v, want ErrRateLimited", err)
		}
		end(t, alice, bob)
	})
}

func TestMembersAreUnderstoodWhileStrangersFloodTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0)
		alice, _ := b.join(t, "Alice")
		bob, _ := b.join(t, "Bob")
		time.Sleep(3 * time.Second)
		flood := b.sit(nil)
		stranger := func(i int) peerix.Key {
			seed := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
			id, err := peerix.RestoreIdentity(seed[:])
			if err != nil {
				t.Fatal(err)
			}
			return id.Key
		}
		for i := range 1000 {
			p := peerix.Packet{Type: peerix.Invoke, Flags: 2, Sender: stranger(i), Payload: make([]byte, 64)}
			if err := flood.publish(peerix.Subject(string(alice.Self()), true), p.Append(nil)); err != nil {
				t.Fatal(err)
			}
			if i%10 == 0 {
				time.Sleep(100 * time.Millisecond)
			}
		}
		all(alice)
		if err := bob.Update(t.Context(), "Robert", signaling.Metadata{}); err != nil {
			t.Fatal(err)
		}
		if got := only[signaling.PeerUpdated](all(alice)); len(got) != 1 {
			t.Errorf("Alice hears %v, want Bob's new name", got)
		}
		end(t, alice, bob)
	})
}

func TestWhatTheServerForbidsIsSaidOnceAnInterruption(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler), changes: make(chan news, 8), stopped: make(chan struct{})}
	violation := fmt.Errorf("%w: publish to x", natsgo.ErrPermissionViolation)
	s.erred(violation)
	s.erred(violation)
	if n := <-s.changes; n.kind != pathRefused || !errors.Is(n.err, ErrForbidden) || len(s.changes) != 0 {
		t.Errorf("%+v and %d more, want that it is forbidden, once", n, len(s.changes))
	}
	s.lost(nil)
	s.erred(violation)
	if len(s.changes) != 2 {
		t.Errorf("%d news after the path was lost, want 2", len(s.changes))
	}
}

func TestNobodyIsLostWhileWeAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0)
		alice, _ := b.join(t, "Alice")
		bob, _ := b.join(t, "Bob")
		time.Sleep(3 * time.Second)
		all(alice)
		if err := alice.order(t.Context(), func(l *loop) error {
			time.Sleep(2 * lostAfter)
			l.ticked(time.Now())
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if left := only[signaling.PeerLeft](all(alice)); len(left) != 0 {
			t.Errorf("Alice hears %v", left)
		}
		end(t, alice, bob)
	})
}

func TestWhoIsAwayIsNotToldTheSameEachSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(0)
		alice, _ := b.join(t, "Alice")
		bob, seat := b.join(t, "Bob")
		time.Sleep(3 * time.Second)
		seat.cut(true)
		if err := alice.Send(t.Context(), bob.Self(), signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(silence + time.Second)
		tap := b.sit(seat.subjects[1:]) // hears what is for Bob
		time.Sleep(20 * time.Second)
		if n := len(tap.in); n > 20 { // presence alone
			t.Errorf("%d packets within 20 s", n)
		}
		seat.cut(false)
		if got := only[signaling.Received](all(bob)); len(got) != 1 {
			t.Errorf("Bob hears %v when he is back", got)
		}
		end(t, alice, bob)
	})
}
