package lan_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/signaling"
)

func TestWhoIsThereFirstHearsOfTheNewcomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a := join(t, hosts[0], "Alice", visit{})
		began := time.Now()
		b := join(t, hosts[1], "Bob", visit{})
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("joining took %v", took)
		}
		a.finds()
		b.finds(a)
		a.hears(signaling.PeerJoined{Peer: b.peer()})

		a.says(b, 1)
		a.says(b, 2)
		b.hears(signaling.Received{From: a.Self(), Signal: note(1)}, signaling.Received{From: a.Self(), Signal: note(2)})
		b.says(a, 1)
		a.hears(signaling.Received{From: b.Self(), Signal: note(1)})

		if err := b.Update(t.Context(), "Robert", signaling.Metadata{Camera: true}); err != nil {
			t.Fatal(err)
		}
		robert := b.peer()
		robert.Name, robert.Metadata.Camera = "Robert", true
		a.hears(signaling.PeerUpdated{Peer: robert})

		if err := b.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.hears(signaling.PeerLeft{ID: b.Self(), Reason: "leave"})
		if err := b.Send(t.Context(), a.Self(), note(3)); !errors.Is(err, signaling.ErrLeft) {
			t.Errorf("send after Leave: %v, want ErrLeft", err)
		}
		if err := a.Send(t.Context(), b.Self(), note(3)); err != nil {
			t.Error(err)
		}
		a.hears(signaling.Refused{To: b.Self(), Err: signaling.ErrNoSuchPeer})
		if _, open := <-b.Messages(); open || b.Err() != nil {
			t.Errorf("after Leave: open %v, Err %v", open, b.Err())
		}
		time.Sleep(time.Minute)
		a.hears()
	})
}

func TestFourFindEachOtherPairwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(4)
		var all []*person
		for i, name := range []string{"Alice", "Bob", "Carol", "Dave"} {
			p := join(t, hosts[i], name, visit{password: "open sesame"})
			p.finds(all...)
			for _, o := range all {
				o.hears(signaling.PeerJoined{Peer: p.peer()})
			}
			all = append(all, p)
		}
		for _, p := range all {
			for _, o := range all {
				if o != p {
					p.says(o, 1)
					o.hears(signaling.Received{From: p.Self(), Signal: note(1)})
				}
			}
		}
	})
}

func TestOfTwoWhoJoinAtOnceTheSmallerIDOffers(t *testing.T) {
	for name, order := range map[string][2]int{"smaller first": {0, 1}, "greater first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, hosts := flat(2)
				var both [2]*person
				done := make(chan struct{})
				go func() {
					defer close(done)
					both[order[0]] = join(t, hosts[0], "one", visit{key: keys[order[0]]})
				}()
				both[order[1]] = join(t, hosts[1], "two", visit{key: keys[order[1]]})
				<-done
				time.Sleep(100 * time.Millisecond)
				both[0].finds()
				both[1].finds()
				both[0].hears(signaling.PeerJoined{Peer: both[1].peer()})
				both[1].hears(signaling.PeerJoined{Peer: both[0].peer(), Offers: true})
				time.Sleep(10 * time.Second)
				both[0].hears()
				both[1].hears()
			})
		})
	}
}

func TestSignalsOfAMemberWhoWasCutOffArriveOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a, b := join(t, hosts[0], "Alice", visit{}), join(t, hosts[1], "Bob", visit{})
		a.hears(signaling.PeerJoined{Peer: b.peer()})
		a.says(b, 1)
		b.hears(signaling.Received{From: a.Self(), Signal: note(1)})
		hosts[1].Cut(true)
		a.says(b, 2) // lost on the wire
		time.Sleep(4 * time.Second)
		a.hears(signaling.PeerAway{ID: b.Self(), Away: true})
		b.hears(signaling.PeerAway{ID: a.Self(), Away: true})
		a.says(b, 3)
		b.says(a, 1)
		if err := b.Update(t.Context(), "Bobby", signaling.Metadata{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		hosts[1].Cut(false)
		time.Sleep(2 * time.Second)
		bobby := b.peer()
		bobby.Name = "Bobby"
		a.hears(signaling.PeerAway{ID: b.Self()}, signaling.PeerUpdated{Peer: bobby},
			signaling.Received{From: b.Self(), Signal: note(1)})
		b.hears(signaling.PeerAway{ID: a.Self()},
			signaling.Received{From: a.Self(), Signal: note(2)}, signaling.Received{From: a.Self(), Signal: note(3)})
	})
}

func TestWhoStaysAwayIsGoneAndComesBackAsANewcomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a, b := join(t, hosts[0], "Alice", visit{}), join(t, hosts[1], "Bob", visit{})
		a.hears(signaling.PeerJoined{Peer: b.peer()})
		hosts[1].Cut(true)
		time.Sleep(40 * time.Second)
		a.hears(signaling.PeerAway{ID: b.Self(), Away: true}, signaling.PeerLeft{ID: b.Self(), Reason: "lost"})
		b.hears(signaling.PeerAway{ID: a.Self(), Away: true}, signaling.PeerLeft{ID: a.Self(), Reason: "lost"})
		hosts[1].Cut(false)
		time.Sleep(5 * time.Second)
		a.hears(signaling.PeerJoined{Peer: b.peer()})
		b.hears(signaling.PeerJoined{Peer: a.peer(), Offers: true})
		a.says(b, 1)
		b.hears(signaling.Received{From: a.Self(), Signal: note(1)})
	})
}

func TestMemberWhoComesBackInTheSameRunReplacesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(3)
		a, b := join(t, hosts[0], "Alice", visit{}), join(t, hosts[1], "Bob", visit{key: keys[0]})
		a.hears(signaling.PeerJoined{Peer: b.peer()})
		hosts[1].Cut(true)
		again := join(t, hosts[2], "Bob", visit{key: keys[0]})
		again.finds(a)
		if again.Self() != b.Self() {
			t.Errorf("IDs %s and %s of one key", b.Self(), again.Self())
		}
		a.hears(signaling.PeerLeft{ID: b.Self(), Reason: "replaced"}, signaling.PeerJoined{Peer: again.peer()})
	})
}

func TestWrongPasswordIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(3)
		a := join(t, hosts[0], "Alice", visit{password: "open sesame"})
		for _, password := range []string{"", "open sesam"} {
			if _, err := tryJoin(t, hosts[1], "Mallory", visit{password: password}); !errors.Is(err, signaling.ErrUnauthorized) {
				t.Errorf("password %q: %v, want ErrUnauthorized", password, err)
			}
		}
		a.hears()
		b := join(t, hosts[2], "Bob", visit{password: "open sesame"})
		b.finds(a)
	})
}

func TestGuessesArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		join(t, hosts[0], "Alice", visit{password: "open sesame"})
		began, wrong := time.Now(), 0
		for time.Since(began) < 10*time.Minute {
			if _, err := tryJoin(t, hosts[1], "Mallory", visit{password: "x"}); errors.Is(err, signaling.ErrUnauthorized) {
				wrong++
			} else if !errors.Is(err, signaling.ErrRateLimited) {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if wrong > 5+30+1 {
			t.Errorf("%d passwords could be tried in ten minutes", wrong)
		}
		time.Sleep(20 * time.Second)
		join(t, hosts[1], "Bob", visit{password: "open sesame"})
	})
}
