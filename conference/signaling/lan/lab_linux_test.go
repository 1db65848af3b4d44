package lan_test

import (
	"fmt"
	"testing"

	"confab/conference/signaling/lan/lantest"
)

// at is how a program is started on a host of a lab.
func at(l *lantest.Lab, host int) func(line ...string) []string {
	return func(line ...string) []string { return l.Command(host, line...) }
}

func TestFourHostsSeeEachOthersRooms(t *testing.T) {
	l := lantest.NewLab(t, 4)
	var rooms []string
	var guests []*guest
	for host := 1; host <= 4; host++ {
		room := fmt.Sprint("room ", host)
		rooms = append(rooms, room)
		guests = append(guests, startGuest(t, at(l, host), room, fmt.Sprint("guest ", host), "lan:"))
	}
	for _, g := range guests {
		g.sees("that it is in its room", func(s sight) bool { return s.Joined })
	}
	for _, g := range guests {
		_, took := g.sees("four rooms", inRooms(rooms...))
		t.Logf("%s sees all rooms %v after the last one was joined", g.name, took)
	}
	l.Cut(4, true)
	_, took := guests[0].sees("three rooms", inRooms(rooms[:3]...))
	t.Logf("a host that was cut off vanishes after %v", took)
	guests[3].sees("its own room alone", inRooms(rooms[3]))
	l.Cut(4, false)
	_, took = guests[0].sees("four rooms again", inRooms(rooms...))
	t.Logf("a host that is back is seen after %v", took)
	guests[2].in.Close()
	_, took = guests[0].sees("that the third has left", inRooms(rooms[0], rooms[1], rooms[3]))
	t.Logf("a host that leaves is gone after %v", took)
}

func TestFourHostsMeetInOneRoom(t *testing.T) {
	l := lantest.NewLab(t, 4)
	var guests []*guest
	for host := 1; host <= 4; host++ {
		guests = append(guests, startGuest(t, at(l, host), "demo", fmt.Sprint("guest ", host), "lan:"))
	}
	pairs := 0
	for _, g := range guests {
		s, took := g.sees("the three others", with(3, 3))
		t.Logf("%s met the others %v after the last one was started", g.name, took)
		pairs += len(s.Offers)
	}
	if pairs != 6 {
		t.Errorf("in %d of 12 cases the other one offers, want 6: one of each pair", pairs)
	}
	l.Cut(2, true)
	guests[0].sees("that one is away", with(2, 3))
	guests[1].sees("that all are away", with(0, 3))
	l.Cut(2, false)
	for _, g := range guests {
		g.sees("all three again", with(3, 3))
	}
	l.Unplug(3, true)
	guests[0].sees("that another one is away", with(2, 3))
	l.Unplug(3, false)
	guests[0].sees("it again", with(3, 3))
	l.Renumber(4, "10.77.0.44/24")
	guests[3].sees("its new address", func(s sight) bool { return len(s.URLs) > 0 && s.URLs[0] == "lan:10.77.0.44" })
	for _, g := range guests {
		g.sees("all three after one has moved", with(3, 3))
	}
}

func TestHostsWithoutMulticastMeetByAddress(t *testing.T) {
	l := lantest.NewLab(t, 3)
	for host := 1; host <= 3; host++ {
		l.BlockMulticast(host)
	}
	first := startGuest(t, at(l, 1), "demo", "first", "lan:")
	s, _ := first.sees("where it can be reached", func(s sight) bool { return s.Joined && len(s.URLs) > 0 })
	if s.URLs[0] != "lan:10.77.0.1" {
		t.Fatalf("reachable at %v", s.URLs)
	}
	second := startGuest(t, at(l, 2), "demo", "second", s.URLs[0])
	second.sees("the first", with(1, 1))
	third := startGuest(t, at(l, 3), "demo", "third", s.URLs[0])
	for _, g := range []*guest{first, second, third} {
		g.sees("the two others", with(2, 2))
	}
}
