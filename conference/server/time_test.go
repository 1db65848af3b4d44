package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

func TestSocketThatSaysNoHelloIsClosedAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		m := connect(t, n)
		time.Sleep(10*time.Second - time.Millisecond)
		if got := m.take(); len(got) != 0 || m.ended() != 0 {
			t.Errorf("too early: %v, %d", got, m.ended())
		}
		time.Sleep(2 * time.Millisecond)
		m.refused("bad-message")
		if got := m.ended(); got != 4000 {
			t.Errorf("closed with %d, want 4000", got)
		}
	})
}

func TestSilentMemberIsAwayAfterOneMissedPingAndLostAfterTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{ResumeWindow: 20 * time.Second})
		a := join(t, n, "Alice")
		m := connect(t, n).enter("Mute")
		mute := n.last()
		id := signaling.PeerID(m.id())
		time.Sleep(time.Minute) // pings are answered
		expect(t, "Alice", a, signaling.PeerJoined{Peer: signaling.Peer{ID: id, Name: "Mute", Metadata: signaling.Metadata{Microphone: true}}})
		mute.deafen()
		time.Sleep(31 * time.Second)
		expect(t, "Alice", a, signaling.PeerAway{ID: id, Away: true})
		time.Sleep(18 * time.Second)
		expect(t, "Alice", a)
		time.Sleep(2 * time.Second)
		expect(t, "Alice", a, signaling.PeerLeft{ID: id, Reason: "lost"})
	})
}

func TestMemberWhoseServerGoesSilentLooksForItAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		time.Sleep(time.Minute)
		n.last().deafen()
		time.Sleep(27 * time.Second)
		got := waiting(a)
		if len(got) != 2 || got[1].(signaling.Resumed).Replayed != true {
			t.Errorf("Alice heard %v, want Interrupted and Resumed", got)
		}
	})
}

func TestMemberThatReturnsAfterTheWindowJoinsAgainWithItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		alices := n.last()
		b := join(t, n, "Bob")
		waiting(a)
		n.setDown(true)
		alices.Close()
		time.Sleep(29 * time.Second)
		expect(t, "Bob", b, signaling.PeerAway{ID: a.Self(), Away: true})
		time.Sleep(2 * time.Second)
		expect(t, "Bob", b, signaling.PeerLeft{ID: a.Self(), Reason: "lost"})
		n.setDown(false)
		time.Sleep(11 * time.Second)
		expect(t, "Bob", b, signaling.PeerJoined{Peer: signaling.Peer{ID: a.Self(), Name: "Alice"}})
		expect(t, "Alice", a, signaling.Interrupted{Err: signaling.ErrUnreachable},
			signaling.Resumed{Members: []signaling.Peer{{ID: b.Self(), Name: "Bob"}}})
	})
}

func TestPausesBetweenAttemptsGrowToEightSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		join(t, n, "Alice")
		n.setDown(true)
		n.cut()
		before := n.dialed()
		// 0.25 + 0.5 + 1 + 2 + 4 s, then 8 s each, all +-25 %: between 9 and 14 attempts in 60 s.
		time.Sleep(time.Minute)
		if got := n.dialed() - before; got < 9 || got > 14 {
			t.Errorf("%d attempts in a minute, want 9 to 14", got)
		}
	})
}

func TestAbsentMemberMissesAtMost64Signals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := join(t, n, "Alice"), join(t, n, "Bob")
		waiting(a)
		n.setDown(true)
		n.last().Close()
		synctest.Wait()
		for i := range uint32(65) {
			send(t, a, b, i+1)
		}
		expect(t, "Alice", a, signaling.PeerAway{ID: b.Self(), Away: true}, refusedTo(b.Self(), signaling.ErrRateLimited))
		n.setDown(false)
		time.Sleep(2 * time.Second)
		if got := len(waiting(b)); got != 2+64 { // Interrupted, Resumed
			t.Errorf("Bob heard %d messages, want 66", got)
		}
	})
}

// refusedTo matches a Refused whose error wraps want.
func refusedTo(to signaling.PeerID, want error) signaling.Message {
	return signaling.Refused{To: to, Err: want}
}

func TestMemberThatMissedTooMuchGetsTheWholeListAndKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		b := join(t, n, "Bob")
		bobs := n.last()
		m := connect(t, n).enter("Busy")
		n.setDown(true)
		bobs.Close()
		for i := range 400 {
			m.say(`{"type":"update","metadata":{"n":%d}}`, i)
		}
		time.Sleep(time.Second) // the server reads so many at its pace
		m.take()
		waiting(b)
		n.setDown(false)
		time.Sleep(5 * time.Second) // Bob waited longer after each attempt
		busy := signaling.Peer{ID: signaling.PeerID(m.id()), Name: "Busy", Metadata: signaling.Metadata{Microphone: true}}
		expect(t, "Bob", b, signaling.Resumed{Members: []signaling.Peer{busy}})
		if got := m.one("peer-joined")["peer"].(map[string]any); got["id"] != string(b.Self()) || got["state"] != "online" {
			t.Errorf("Busy hears of %v", got)
		}
	})
}

func TestStalledMemberIsCutAndMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		b := join(t, n, "Bob")
		m := connect(t, n).enter("Busy")
		waiting(b)
		stalled := n.conns[0]
		stalled.stall()
		for i := range 300 {
			m.say(`{"type":"update","name":"%d"}`, i)
		}
		expectAway := m.take()
		if len(expectAway) == 0 || expectAway[0]["type"] != "peer-state" {
			t.Errorf("Busy heard %v, want that Bob is away: its queue has overflowed", expectAway)
		}
		stalled.Close()
		time.Sleep(time.Second)
		got := waiting(b)
		if len(got) != 302 { // Interrupted, Resumed
			t.Fatalf("Bob heard %d messages, want 302", len(got))
		}
		for i, msg := range got[2:] {
			if u := msg.(signaling.PeerUpdated); u.Peer.Name != fmt.Sprint(i) {
				t.Fatalf("update %d has the name %s", i, u.Peer.Name)
			}
		}
	})
}

func TestStoppedServerSaysGoodByeToEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		stop := serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		m := connect(t, n).enter("Mallory")
		waiting(a)
		start := time.Now()
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("stopping took %v", took)
		}
		n.setDown(true)
		if got := m.ended(); got != 1001 {
			t.Errorf("closed with %d, want 1001", got)
		}
		expect(t, "Alice", a, signaling.Interrupted{Err: signaling.ErrUnreachable})
	})
}

func TestServerStopsThoughAClientNeitherReadsNorCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		stop := serve(t, n, server.Options{})
		connect(t, n).enter("Mallory")
		n.last().stall()
		start := time.Now()
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

func TestJoinEndsAfterFifteenSecondsOrWithItsContext(t *testing.T) {
	for name, test := range map[string]struct {
		bound time.Duration
		want  error
		after time.Duration
	}{
		"default":   {time.Hour, signaling.ErrUnreachable, 15 * time.Second},
		"deadline":  {4 * time.Second, signaling.ErrUnreachable, 4 * time.Second},
		"cancelled": {0, context.Canceled, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				go func() { // a server that answers nothing
					for c := range n.accepted {
						go func() {
							defer c.Close()
							io.Copy(io.Discard, c)
						}()
					}
				}()
				defer close(n.accepted)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.bound > 0 {
					ctx, cancel = context.WithTimeout(ctx, test.bound)
					defer cancel()
				} else {
					time.AfterFunc(3*time.Second, cancel)
				}
				d, err := (&native.Dialer{NetDial: n.dial}).Open(ctx, &url.URL{Scheme: "ws", Host: "server"}, signaling.Options{})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err = d.Join(ctx, "demo", signaling.Peer{})
				if !errors.Is(err, test.want) || time.Since(start) != test.after {
					t.Errorf("after %v: %v; want %v after %v", time.Since(start), err, test.want, test.after)
				}
			})
		})
	}
}

func TestLeaveWhileInterruptedEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		n.setDown(true)
		n.cut()
		waiting(a)
		if err := a.Send(t.Context(), "p_x", bye(1)); !errors.Is(err, signaling.ErrInterrupted) {
			t.Errorf("send: %v, want ErrInterrupted", err)
		}
		start := time.Now()
		for range 2 {
			if err := a.Leave(t.Context()); err != nil || time.Since(start) != 0 {
				t.Errorf("leave took %v: %v", time.Since(start), err)
			}
		}
		if err := a.Send(t.Context(), "p_x", bye(1)); !errors.Is(err, signaling.ErrLeft) {
			t.Errorf("send: %v, want ErrLeft", err)
		}
		if err := a.Update(t.Context(), "A", signaling.Metadata{}); !errors.Is(err, signaling.ErrLeft) {
			t.Errorf("update: %v, want ErrLeft", err)
		}
	})
}

func TestLeaveDoesNotWaitForASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		n.last().deafen()
		start := time.Now()
		if err := a.Leave(t.Context()); err != nil || time.Since(start) > 2*time.Second {
			t.Errorf("leave took %v: %v", time.Since(start), err)
		}
	})
}

func TestReturningMemberIsToldWhyTheServerRefusesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		stop := serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		n.setDown(true)
		n.cut()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		waiting(a)
		serve(t, n, server.Options{})
		n.setDown(false)
		other := connect(t, n)
		other.hello()
		other.say(`{"type":"join","rid":1,"room":"demo","name":"Other","password":"x"}`)
		other.take()
		time.Sleep(30 * time.Second)
		expect(t, "Alice", a, signaling.Interrupted{Err: signaling.ErrUnauthorized}) // once, not at each attempt
		other.say(`{"type":"leave","rid":2}`)
		time.Sleep(11 * time.Second)
		expect(t, "Alice", a, signaling.Resumed{})
		if got := types(other.take()); got != "left" {
			t.Errorf("other heard %s", strings.TrimSpace(got))
		}
	})
}
