package conferencetest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// Conditions are those of one direction of a path at one moment. The zero value is a perfect path.
type Conditions struct {
	BitsPerSecond int           // of whole packets, headers included; 0: no limit
	Queue         time.Duration // at the present rate, what may wait before the next packet is dropped
	Delay         time.Duration // of every packet, beside the queue
	Jitter        time.Duration // a packet takes up to so much longer, evenly spread; the order is kept
	Loss          float64       // of packets, 0 to below 1
	Burst         float64       // packets in a row that are lost, on average (Gilbert's model); to 1: each by itself
	Cut           bool          // nothing passes
}

// Step is a change of conditions at a moment.
type Step struct {
	At time.Time
	Conditions
}

// Fate is what becomes of a packet.
type Fate uint8

// The fates.
const (
	Arrived    Fate = iota + 1
	Lost            // at random
	Overflowed      // the queue was full
	Severed         // the path was cut
)

// Passage is one packet's way over a link.
type Passage struct {
	Sent    time.Time
	Arrives time.Time     // of one that does
	Waited  time.Duration // in the queue, for those before it
	Bytes   int           // on the wire
	Fate    Fate
	Limited bool     // the link had a rate, so that there was a queue
	Head    [12]byte // the packet's first bytes; zero if the link was not told
}

// Link is one direction of a path: a queue that drops at its tail before a line of some rate, then delay
// and loss. It reads no clock and is for one goroutine at a time.
type Link struct {
	random *rand.Rand
	now    Conditions
	plan   []Step    // to come, by time
	free   time.Time // when the line is done with all that was taken
	last   time.Time // the latest arrival so far
	losing bool      // within a burst of losses
}

// NewLink makes a link; the same seed gives the same fates to the same packets.
func NewLink(c Conditions, seed uint64) *Link {
	return &Link{random: rand.New(rand.NewPCG(seed, 0x6c696e6b)), now: c}
}

// Plan adds changes to come. What is in the queue at a change keeps the times it was given.
func (l *Link) Plan(steps ...Step) {
	l.plan = append(l.plan, steps...)
	slices.SortStableFunc(l.plan, func(a, b Step) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
}

// Send tells what becomes of a packet of so many bytes on the wire that is sent at now, which never goes
// back.
func (l *Link) Send(now time.Time, bytes int) Passage {
	for len(l.plan) > 0 && !l.plan[0].At.After(now) {
		l.now = l.plan[0].Conditions
		l.plan = l.plan[1:]
	}
	p := Passage{Sent: now, Bytes: bytes, Limited: l.now.BitsPerSecond > 0}
	switch {
	case l.now.Cut:
		p.Fate = Severed
		return p
	case l.loses():
		p.Fate = Lost
		return p
	}
	at := now
	if p.Limited {
		if l.free.Before(now) {
			l.free = now
		}
		p.Waited = l.free.Sub(now)
		if p.Waited > l.now.Queue {
			p.Fate = Overflowed
			return p
		}
		l.free = l.free.Add(time.Duration(int64(bytes) * 8 * int64(time.Second) / int64(l.now.BitsPerSecond)))
		at = l.free
	}
	at = at.Add(l.now.Delay)
	if l.now.Jitter > 0 {
		at = at.Add(time.Duration(l.random.Int64N(int64(l.now.Jitter))))
	}
	if at.Before(l.last) {
		at = l.last
	}
	l.last = at
	p.Arrives, p.Fate = at, Arrived
	return p
}

// loses draws whether the next packet is lost.
func (l *Link) loses() bool {
	c := l.now
	if c.Loss <= 0 {
		l.losing = false
		return false
	}
	switch {
	case c.Burst <= 1:
		return l.random.Float64() < c.Loss
	case l.losing: // a burst ends after each packet with the same chance
		l.losing = l.random.Float64() < 1-1/c.Burst
	default: // and begins so often that the share of losses comes out
		l.losing = l.random.Float64() < c.Loss/(1-c.Loss)/c.Burst
	}
	return l.losing
}
