package server_test

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// member is a session of the native driver together with its key, so that a test can tell who it is.
type member struct {
	signaling.Session
	key string
}

func join(t *testing.T, n *network, name string) member {
	t.Helper()
	m, err := tryJoin(t, n, name, signaling.Options{Key: signaling.NewKey()})
	if err != nil {
		t.Fatalf("join as %s: %v", name, err)
	}
	return m
}

func tryJoin(t *testing.T, n *network, name string, o signaling.Options) (member, error) {
	t.Helper()
	d, err := (&native.Dialer{NetDial: n.dial}).Open(t.Context(), &url.URL{Scheme: "ws", Host: "server"}, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Join(t.Context(), "demo", signaling.Peer{Name: name})
	if err != nil {
		return member{}, err
	}
	t.Cleanup(func() {
		if err := s.Leave(context.Background()); err != nil {
			t.Errorf("leave: %v", err)
		}
	})
	return member{s, o.Key}, nil
}

// waiting are the messages that have come by now.
func waiting(m member) []signaling.Message {
	var all []signaling.Message
	for {
		synctest.Wait()
		select {
		case msg, ok := <-m.Messages():
			if !ok {
				return all
			}
			all = append(all, msg)
		default:
			return all
		}
	}
}

func expect(t *testing.T, who string, m member, want ...signaling.Message) {
	t.Helper()
	if diff := cmp.Diff(want, waiting(m), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s heard (-want +got):\n%s", who, diff)
	}
}

func bye(n uint32) signaling.Signal { return signaling.Signal{Kind: signaling.Bye, Conn: "c_1", N: n} }

func send(t *testing.T, from, to member, n uint32) {
	t.Helper()
	if err := from.Send(t.Context(), to.Self(), bye(n)); err != nil {
		t.Fatalf("send: %v", err)
	}
}

func TestMembersMeetAndPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{ICEServers: []signaling.ICEServer{{URLs: []string{"stun:stun.example:3478"}}}})
		a := join(t, n, "Alice")
		b := join(t, n, "Bob\u202e")
		if a.Self() != signaling.IDFromKey(a.key) {
			t.Errorf("Alice has the ID %s", a.Self())
		}
		if diff := cmp.Diff([]signaling.ICEServer{{URLs: []string{"stun:stun.example:3478"}}}, a.ICEServers()); diff != "" {
			t.Errorf("ICE servers (-want +got):\n%s", diff)
		}
		bob := signaling.Peer{ID: b.Self(), Name: "Bob"}
		expect(t, "Alice", a, signaling.PeerJoined{Peer: bob})
		if diff := cmp.Diff([]signaling.Peer{{ID: a.Self(), Name: "Alice"}}, b.Present()); diff != "" {
			t.Errorf("present for Bob (-want +got):\n%s", diff)
		}
		send(t, a, b, 1)
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: bye(1)})
		if err := b.Update(t.Context(), "Robert", signaling.Metadata{Camera: true}); err != nil {
			t.Fatal(err)
		}
		bob.Name, bob.Metadata.Camera = "Robert", true
		expect(t, "Alice", a, signaling.PeerUpdated{Peer: bob})
		send(t, b, a, 1)
		if err := b.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, "Alice", a, signaling.Received{From: b.Self(), Signal: bye(1)}, signaling.PeerLeft{ID: b.Self(), Reason: "leave"})
	})
}

func TestLostSocketIsResumedAndNothingIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		b := join(t, n, "Bob")
		bobs := n.last()
		waiting(a)
		bobs.Close()
		synctest.Wait()
		for i := range uint32(5) {
			send(t, a, b, i+1)
		}
		expect(t, "Alice", a, signaling.PeerAway{ID: b.Self(), Away: true})
		expect(t, "Bob", b, signaling.Interrupted{Err: signaling.ErrUnreachable})
		time.Sleep(time.Second)
		want := []signaling.Message{signaling.Resumed{Members: []signaling.Peer{{ID: a.Self(), Name: "Alice"}}, Replayed: true}}
		for i := range uint32(5) {
			want = append(want, signaling.Received{From: a.Self(), Signal: bye(i + 1)})
		}
		expect(t, "Bob", b, want...)
		expect(t, "Alice", a, signaling.PeerAway{ID: b.Self()})
		send(t, b, a, 1)
		expect(t, "Alice", a, signaling.Received{From: b.Self(), Signal: bye(1)})
	})
}

func TestMembersComeBackToARestartedServerWithTheirIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		stop := serve(t, n, server.Options{})
		a, b := join(t, n, "Alice"), join(t, n, "Bob")
		waiting(a)
		n.setDown(true)
		n.cut()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		for name, m := range map[string]member{"Alice": a, "Bob": b} {
			heard := slices.DeleteFunc(waiting(m), func(m signaling.Message) bool { // whose connection was cut last
				_, away := m.(signaling.PeerAway)
				return away
			})
			want := []signaling.Message{signaling.Interrupted{Err: signaling.ErrUnreachable}}
			if diff := cmp.Diff(want, heard, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("%s heard (-want +got):\n%s", name, diff)
			}
		}
		if err := b.Update(t.Context(), "Bobby", signaling.Metadata{Screen: true}); err != nil {
			t.Fatal(err)
		}
		serve(t, n, server.Options{})
		n.setDown(false)
		time.Sleep(11 * time.Second)
		alice := signaling.Peer{ID: a.Self(), Name: "Alice"}
		bob := signaling.Peer{ID: b.Self(), Name: "Bobby", Metadata: signaling.Metadata{Screen: true}}
		first, second := waiting(a), waiting(b)
		if len(first) == 1 { // Bob was back first
			alice, bob, first, second = bob, alice, second, first
		}
		if diff := cmp.Diff([]signaling.Message{signaling.Resumed{}, signaling.PeerJoined{Peer: bob}}, first, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("first one back (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]signaling.Message{signaling.Resumed{Members: []signaling.Peer{alice}}}, second); diff != "" {
			t.Errorf("second one back (-want +got):\n%s", diff)
		}
		send(t, a, b, 1)
		expect(t, "Bob", b, signaling.Received{From: a.Self(), Signal: bye(1)})
	})
}
