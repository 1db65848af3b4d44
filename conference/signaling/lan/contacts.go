package lan

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"confab/conference/signaling"
)

// Patience with others who are known to be somewhere.
const (
	maxContacts  = 128
	contactLife  = time.Minute            // without a word of them
	deference    = time.Second            // the one with the greater ID waits for the other to dial
	firstPause   = 500 * time.Millisecond // after an attempt that failed; doubled up to maxPause
	maxPause     = 8 * time.Second
	refusedPause = 30 * time.Second // after a refused password; doubled up to maxRefused
	maxRefused   = 5 * time.Minute
)

// How many are dialed at a time. Anybody can announce members who do not exist, so each address has a turn
// before any has a second one.
const (
	maxFirst = 32 // while no other one of their address is being dialed
	maxMore  = 16 // else
	maxEach  = 4  // of one address
)

// contacts decides whom to dial, and when. It does no I/O, and its user tells the time.
type contacts struct {
	self signaling.PeerID
	all  map[signaling.PeerID]*contact
}

// contact is somebody who says to be in our room, or is said to be.
type contact struct {
	id        signaling.PeerID
	addresses []netip.AddrPort // the first one heard first
	heard     time.Time
	due       time.Time // to be dialed, unless connected
	failures  int
	dialing   bool
	connected bool
}

func newContacts(self signaling.PeerID) *contacts {
	return &contacts{self: self, all: make(map[signaling.PeerID]*contact)}
}

// note takes word of somebody. Eager: dial without waiting for them to do so; they do not know of us.
func (c *contacts) note(now time.Time, id signaling.PeerID, addresses []netip.AddrPort, eager bool) {
	if id == c.self || len(addresses) == 0 {
		return
	}
	e := c.all[id]
	if e == nil {
		if len(c.all) >= maxContacts && !c.makeRoom(household(addresses[0].Addr())) {
			return
		}
		e = &contact{id: id, due: now}
		if !eager && id < c.self {
			e.due = now.Add(deference)
		}
		c.all[id] = e
	}
	e.heard = now
	for _, a := range addresses {
		if !slices.Contains(e.addresses, a) {
			if len(e.addresses) >= 2*maxAddresses {
				e.addresses = slices.Delete(e.addresses, 0, 1) // a place it has moved from, most likely
			}
			e.addresses = append(e.addresses, a)
			if e.failures > 0 && !e.connected {
				e.due = earliest(e.due, now) // somewhere new
			}
		}
	}
}

// back notes that somebody is heard again who was not: whatever kept them from us may be over.
func (c *contacts) back(now time.Time, id signaling.PeerID) {
	if e := c.all[id]; e != nil && !e.connected && e.failures > 0 {
		e.failures, e.due = 0, earliest(e.due, now)
	}
}

// makeRoom forgets one of those who share an address with most others, or did not answer, for somebody at home:
// anybody can make up members.
func (c *contacts) makeRoom(home netip.Addr) bool {
	crowd := make(map[netip.Addr]int)
	for _, e := range c.all {
		crowd[e.home()]++
	}
	var worst *contact
	for _, e := range c.all {
		if !e.connected && !e.dialing && (worst == nil || cmp.Or(
			cmp.Compare(crowd[e.home()], crowd[worst.home()]), cmp.Compare(e.failures, worst.failures), cmp.Compare(e.id, worst.id)) > 0) {
			worst = e
		}
	}
	if worst == nil || crowd[worst.home()] <= crowd[home] && worst.failures == 0 {
		return false
	}
	delete(c.all, worst.id)
	return true
}

// home is the machine that the contact is on, as far as its first address tells.
func (e *contact) home() netip.Addr { return household(e.addresses[0].Addr()) }

// next is who is to be dialed now: one of each address before a second one of any, then those who did not fail
// to answer, and the most overdue first.
func (c *contacts) next(now time.Time) []*contact {
	var due []*contact
	for id, e := range c.all {
		switch {
		case e.connected || e.dialing:
		case now.Sub(e.heard) >= contactLife:
			delete(c.all, id)
		case !e.due.After(now):
			due = append(due, e)
		}
	}
	slices.SortFunc(due, func(a, b *contact) int {
		return cmp.Or(cmp.Compare(a.failures, b.failures), a.due.Compare(b.due), cmp.Compare(a.id, b.id))
	})
	total, each := c.dialed()
	turn := make(map[*contact]int, len(due))
	for _, e := range due {
		turn[e] = each[e.home()]
		each[e.home()]++
	}
	slices.SortStableFunc(due, func(a, b *contact) int { return cmp.Compare(turn[a], turn[b]) })
	for i, e := range due {
		if !mayDial(turn[e], total+i) {
			return due[:i]
		}
	}
	return due
}

// dialed counts who is being dialed.
func (c *contacts) dialed() (total int, each map[netip.Addr]int) {
	each = make(map[netip.Addr]int)
	for _, e := range c.all {
		if e.dialing {
			total++
			each[e.home()]++
		}
	}
	return total, each
}

// mayDial tells whether one more can be dialed while so many of its address are, and in all.
func mayDial(each, total int) bool {
	return each == 0 && total < maxFirst || each < maxEach && total < maxMore
}

// deadline is when to ask for next again; zero: when something has changed.
func (c *contacts) deadline() time.Time {
	total, each := c.dialed()
	var first time.Time
	for _, e := range c.all {
		if !e.connected && !e.dialing && mayDial(each[e.home()], total) {
			first = earliest(first, e.due)
		}
	}
	return first
}

// failed notes that an attempt came to nothing. Refused: they do not want us, for the time being.
func (c *contacts) failed(now time.Time, id signaling.PeerID, refused bool, random float64) {
	e := c.all[id]
	if e == nil {
		return
	}
	first, most := firstPause, maxPause
	if refused {
		first, most = refusedPause, maxRefused
	}
	pause := min(most, first<<min(e.failures, 10))
	e.dialing, e.failures = false, e.failures+1
	e.due = now.Add(time.Duration(float64(pause) * (0.75 + random/2)))
}

// connect notes that there is a connection, and lost that there is none any more.
func (c *contacts) connect(id signaling.PeerID) {
	if e := c.all[id]; e != nil {
		e.connected, e.dialing, e.failures = true, false, 0
	}
}

func (c *contacts) lost(now time.Time, id signaling.PeerID) {
	e := c.all[id]
	if e == nil || !e.connected {
		return
	}
	e.connected, e.heard, e.due = false, now, now
	if id < c.self {
		e.due = now.Add(deference)
	}
}

// forget drops somebody who has left.
func (c *contacts) forget(id signaling.PeerID) { delete(c.all, id) }

// hurry has everybody dialed at once: the network is another one.
func (c *contacts) hurry(now time.Time) {
	for _, e := range c.all {
		e.due, e.failures = earliest(e.due, now), 0
	}
}

// busy tells whether somebody is being dialed, or is about to be for the first time.
func (c *contacts) busy(now time.Time) bool {
	for _, e := range c.all {
		if e.dialing || !e.connected && e.failures == 0 && !e.due.After(now) {
			return true
		}
	}
	return false
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
