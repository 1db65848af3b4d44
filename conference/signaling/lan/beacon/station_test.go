package beacon_test

import (
	"crypto/ed25519"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling/lan/beacon"
	"confab/conference/signaling/lan/lantest"
)

// start starts a station on a host; with a name it is in the room "demo".
func start(t *testing.T, h *lantest.Host, name string) *beacon.Station {
	t.Helper()
	s := beacon.Start(beacon.Options{Open: h.Ether})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if name != "" {
		s.Announce(&beacon.Announcement{Room: "demo", Name: name, Port: 5000, Members: 1})
	}
	return s
}

// names are the members that a station hears.
func names(s *beacon.Station) []string {
	all := []string{}
	for _, h := range s.Heard() {
		all = append(all, h.Name)
	}
	slices.Sort(all)
	return all
}

// expect checks whom a station hears when everything that is under way has arrived.
func expect(t *testing.T, when string, s *beacon.Station, want ...string) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(append([]string{}, want...), names(s)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// flat is a network of one link; its hosts have the addresses 192.0.2.1, 2, ….
func flat(n int) (*lantest.Network, []*lantest.Host) {
	network := lantest.New()
	var hosts []*lantest.Host
	for i := range n {
		h := network.Host(string(rune('a' + i)))
		h.Plug("lan0", netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), 24).String(),
			netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: byte(i + 1)}), 64).String())
		hosts = append(hosts, h)
	}
	return network, hosts
}

func TestNewcomerIsHeardAtOnceAndHearsWithin20Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a := start(t, hosts[0], "Alice")
		time.Sleep(300 * time.Millisecond)
		b := start(t, hosts[1], "Bob")
		expect(t, "at Alice's at once", a, "Bob")
		time.Sleep(20 * time.Millisecond)
		expect(t, "at Bob's after 20 ms", b, "Alice")
		got := b.Heard()[0].Addresses
		want := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5000"), netip.MustParseAddrPort("[fe80::1%lan0]:5000")}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(x, y netip.AddrPort) bool { return x == y })); diff != "" {
			t.Errorf("Alice's addresses (-want +got):\n%s", diff)
		}
	})
}

func TestWhoOnlyListensIsNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a, b := start(t, hosts[0], "Alice"), start(t, hosts[1], "")
		time.Sleep(time.Second)
		expect(t, "at Alice's", a)
		expect(t, "at the listener's", b, "Alice")
	})
}

func TestLeavingIsHeardAtOnceAndVanishingAfterThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(3)
		a, b, c := start(t, hosts[0], ""), start(t, hosts[1], "Bob"), start(t, hosts[2], "Carol")
		expect(t, "before", a, "Bob", "Carol")
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		expect(t, "after Bob's bye", a, "Carol")
		c.Announce(nil)
		expect(t, "when Carol has nothing to say", a)
		c.Announce(&beacon.Announcement{Room: "demo", Name: "Carol", Port: 1, Members: 1})
		expect(t, "when Carol is back", a, "Carol")
		hosts[2].Cut(true)
		time.Sleep(2500 * time.Millisecond)
		expect(t, "2.5 s after Carol was cut off", a, "Carol")
		time.Sleep(1100 * time.Millisecond)
		expect(t, "3.6 s after Carol was cut off", a)
		hosts[2].Cut(false)
		time.Sleep(time.Second)
		expect(t, "when the cable is back", a, "Carol")
	})
}

func TestInterfacesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := lantest.New()
		h, o := n.Host("h"), n.Host("o")
		a, b := start(t, h, "Alice"), start(t, o, "")
		h.Plug("wifi", "10.0.0.1/24")
		o.Plug("wifi", "10.0.0.2/24")
		time.Sleep(600 * time.Millisecond)
		expect(t, "on a card that came", b, "Alice")
		if got := len(a.Interfaces()); got != 2 {
			t.Errorf("%d interfaces, want 2", got)
		}
		h.Unplug("wifi")
		time.Sleep(4 * time.Second)
		expect(t, "without the card", b)
		h.Plug("wifi", "10.0.0.7/24")
		time.Sleep(600 * time.Millisecond)
		expect(t, "with another address", b, "Alice")
		if got := b.Heard()[0].Addresses[0].Addr().String(); got != "10.0.0.7" {
			t.Errorf("heard from %s", got)
		}
	})
}

func TestTwoProcessesOfAMachineHearEachOtherWithoutANetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := lantest.New().Host("h")
		a, b := start(t, h, "Alice"), start(t, h, "Bob")
		time.Sleep(20 * time.Millisecond)
		expect(t, "at Alice's", a, "Bob")
		expect(t, "at Bob's", b, "Alice")
	})
}

func TestFloodOfQuestionsIsAnsweredTenTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, hosts := flat(1)
		start(t, hosts[0], "Alice")
		time.Sleep(time.Second)
		hi, before, asked := (&beacon.Packet{Kind: beacon.Hi}).Encode(nil), n.Sent(), 0
		for range 1000 {
			n.Inject("lan0", netip.MustParseAddr("192.0.2.99"), hi)
			asked++
			time.Sleep(time.Millisecond)
		}
		if got := n.Sent() - before - asked; got > 2*12 { // on lan0 and lo
			t.Errorf("%d answers to %d questions within a second", got, asked)
		}
	})
}

func TestStrangersFromOtherLinksAreNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, hosts := flat(1)
		a := start(t, hosts[0], "")
		_, key, _ := ed25519.GenerateKey(nil)
		p := beacon.Packet{Kind: beacon.Am, Counter: 1, Announcement: beacon.Announcement{Room: "demo", Name: "Mallory", Port: 1, Members: 1}}
		n.Inject("lan0", netip.MustParseAddr("203.0.113.5"), p.Encode(key))
		expect(t, "from behind a router", a)
		n.Inject("lan0", netip.MustParseAddr("192.0.2.5"), p.Encode(key))
		expect(t, "from our own link", a, "Mallory")
	})
}
