package conference_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v4/vnet"

	"confab/conference"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// village is a virtual network with one host a person, in the bubble of one test.
type village struct {
	t      *testing.T
	router *vnet.Router
	hub    *memory.Hub
	people []*person
	dead   [8]atomic.Bool // by host: its packets are lost, whichever way
}

func newVillage(t *testing.T, names ...string) *village {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR: "10.0.0.0/24", MinDelay: 5 * time.Millisecond,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &village{t: t, router: router, hub: memory.NewHub()}
	v.router.AddChunkFilter(v.passes)
	if err := v.router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.router.Stop(); err != nil {
			t.Error(err)
		}
	})
	for i, name := range names {
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", name,
			v.host(i)))
	}
	return v
}

// host puts a client on a new host of the network.
func (v *village) host(i int) func(*conference.Options) {
	v.t.Helper()
	host, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{address(i)}})
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.router.AddNet(host); err != nil {
		v.t.Fatal(err)
	}
	return func(o *conference.Options) { o.Net = host }
}

func address(host int) string { return fmt.Sprintf("10.0.0.%d", host+1) }

func (v *village) passes(c vnet.Chunk) bool {
	for i := range v.dead {
		if v.dead[i].Load() && (hostOf(c.SourceAddr().String()) == address(i) || hostOf(c.DestinationAddr().String()) == address(i)) {
			return false
		}
	}
	return true
}

func (v *village) kill(host int, dead bool) { v.dead[host].Store(dead) }

// state is how person i sees person j: a connection's state or "reconnecting", or "" if not at all.
func (v *village) state(i int, name string) string {
	for _, p := range v.people[i].channel.Snapshot().Participants {
		if p.Name == name && p.Reconnecting {
			return "reconnecting"
		} else if p.Name == name {
			return p.State.String()
		}
	}
	return ""
}

func (v *village) await(within time.Duration, i int, name, want string) {
	v.t.Helper()
	eventually(v.t, within, func() (string, bool) {
		got := v.state(i, name)
		return fmt.Sprintf("person %d sees %s as %q, want %q", i, name, got, want), got == want
	})
}

// decoded is how many pictures person i has decoded of name, over the present connection.
func (v *village) decoded(i int, name string) uint64 {
	for _, p := range v.people[i].channel.Stats().Peers {
		if p.Name == name {
			return p.Video.FramesDecoded
		}
	}
	return 0
}

func hostOf(address string) string {
	for i, r := range address {
		if r == ':' {
			return address[:i]
		}
	}
	return address
}

func TestALostNetworkIsShownAndRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben", "Chen")
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
		failures := v.people[0].channel.Subscribe(t.Context(), "connection:failing", "connection:closing")

		v.kill(1, true)
		v.await(4*time.Second, 0, "Ben", "reconnecting")
		v.await(4*time.Second, 2, "Ben", "reconnecting")
		if got := v.state(0, "Chen"); got != "connected" {
			t.Errorf("Chen, whose network works, is %s", got)
		}
		time.Sleep(10 * time.Second)
		v.kill(1, false)
		v.await(6*time.Second, 0, "Ben", "connected")
		v.await(6*time.Second, 2, "Ben", "connected")
		before := v.decoded(0, "Ben")
		time.Sleep(2 * time.Second)
		if after := v.decoded(0, "Ben"); after < before+20 {
			t.Errorf("2 s after the repair: %d pictures more", after-before)
		}
		select {
		case e := <-failures:
			t.Errorf("a path under repair ended a connection: %+v", e)
		default:
		}
	})
}

func TestWhatDoesNotComeBackFailsAfterThirtySecondsAndIsBuiltAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben")
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
		v.kill(1, true)
		v.await(4*time.Second, 0, "Ben", "reconnecting")
		began := time.Now()
		v.await(40*time.Second, 0, "Ben", "failed")
		if d := time.Since(began); d < 25*time.Second || d > 31*time.Second {
			t.Errorf("failed after %v, want 30 s", d)
		}
		if p := v.people[0].channel.Snapshot().Participants[0]; p.Media != nil || p.Err == nil {
			t.Errorf("a failed connection still has a view, or no reason: %+v", p)
		}
		v.kill(1, false)
		v.await(60*time.Second, 0, "Ben", "connected")
		v.await(10*time.Second, 1, "Ana", "connected")
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
	})
}

func TestWhoVanishesIsGoneWithinTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben", "Chen")
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
		v.kill(1, true)
		v.hub.Interrupt(v.people[1].channel.Snapshot().Self.ID)
		began := time.Now()
		for _, i := range []int{0, 2} {
			eventually(t, 10*time.Second, func() (string, bool) {
				for _, p := range v.people[i].channel.Snapshot().Participants {
					if p.Name == "Ben" && p.Media != nil {
						return "Ben's view is still there", false
					}
				}
				return "", true
			})
		}
		t.Logf("gone after %v", time.Since(began))
		before := v.decoded(0, "Chen")
		time.Sleep(time.Second)
		if after := v.decoded(0, "Chen"); after < before+10 {
			t.Errorf("Ana and Chen do not go on: %d pictures in a second", after-before)
		}
	})
}

func TestALostOfferIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana")
		lost := false
		v.hub.Filter(func(_, _ signaling.PeerID, s signaling.Signal) bool { // nobody hears of it
			if s.Kind == signaling.Offer && !lost {
				lost = true
				return false
			}
			return true
		})
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", "Ben", v.host(1)))
		eventually(t, 60*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
	})
}
