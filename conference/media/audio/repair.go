package audio

import (
	"sync/atomic"
	"time"
)

const (
	// maxRequests is how many numbers may wait to be asked for; more are not asked for.
	maxRequests = 64
	// maxAsks is how often one packet is asked for: the second time in case the first request, or what it
	// brought, was lost.
	maxAsks = 2
	// maxRoundTrip is the longest round trip at which a repair is worth its delay, and askAgain what is
	// waited beyond one for a repair.
	maxRoundTrip = 200 * time.Millisecond
	askAgain     = 20 * millisecond
	// probing is how many numbers beyond the newest are asked for when their time is over: what shows a
	// burst of losses by its number comes after the burst.
	probing = 6
	// lookBack is how many numbers behind the newest are looked at.
	lookBack = 60
	// pauseReach is how far the packets around a hole are sought that tell whether it lies in a pause.
	pauseReach = 8
	// overdueShare of frames have come by themselves after the delay that a frame is allowed before it
	// counts as overdue, with overdueMargin.
	overdueShare  = 0.97
	overdueMargin = 5 * millisecond
	// A hole of longHole packets and more within sight counts for bursts; with frequent of them lately the
	// next packet is not waited for.
	longHole = 3
	frequent = 2
)

// requests hands sequence numbers from Pull to whoever sends requests. Neither side locks, waits or
// allocates. Full: what is more is not asked for.
type requests struct {
	numbers [maxRequests]uint16
	head    atomic.Uint32 // numbers ever written; only Pull stores it
	tail    atomic.Uint32 // numbers ever read; only Requests stores it
	wake    chan struct{} // capacity 1: there are some
}

func (r *requests) push(number uint16) bool {
	head := r.head.Load()
	if head-r.tail.Load() >= maxRequests {
		return false
	}
	r.numbers[head%maxRequests] = number
	r.head.Store(head + 1)
	return true
}

func (r *requests) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Missing is ready to receive from when Requests has something to give. It is never closed.
func (p *Playout) Missing() <-chan struct{} { return p.requests.wake }

// Requests appends the sequence numbers of packets to ask the sender for again (generic NACK, RFC 4585
// section 6.2.1), in rising order as of RFC 3550 with wrap-around, 64 at most. Each is given once. It does
// not wait. One caller at a time, beside Push and Pull.
func (p *Playout) Requests(dst []uint16) []uint16 {
	r := &p.requests
	tail, head := r.tail.Load(), r.head.Load()
	for ; tail != head; tail++ {
		dst = append(dst, r.numbers[tail%maxRequests])
	}
	r.tail.Store(tail)
	return dst
}

// askForMissing notes what is missing, can still come in time, and will not be repaired otherwise: holes
// of two packets and more. A single one is filled by the copy in the packet behind it.
func (p *Playout) askForMissing(at int64) {
	roundTrip := p.roundTrip()
	if roundTrip <= 0 || roundTrip > maxRoundTrip || p.pause != none {
		return
	}
	trip := int64(roundTrip) * millisecond / int64(time.Millisecond)
	asked := false
	newest := p.clock.sequence
	for n := max(p.nextNumber, newest-lookBack); n <= newest+probing; n++ {
		f := p.seen.of(n)
		if f.is(received) {
			continue
		}
		age := at - p.timeOf(n) - p.way.base
		if n > newest && age < p.overdue() {
			break // and so are those behind it
		}
		if p.worthAsking(n, age, trip) && f.due(at, trip) && p.requests.push(uint16(n)) {
			f.asks++
			f.asked = at
			asked = true
			p.figures.requests.Add(1)
		}
	}
	if asked {
		p.requests.wakeUp()
	}
}

// timeOf is the timestamp that a packet has if all are alike.
func (p *Playout) timeOf(number int64) int64 {
	return p.clock.timestamp + (number-p.clock.sequence)*p.frame
}

// overdue is the delay beyond which a packet after the newest one is taken for lost.
func (p *Playout) overdue() int64 {
	wait := p.firsts.quantile(overdueShare) + overdueMargin
	if p.copies && p.bursts < frequent {
		wait += p.frame // a copy may come yet
	}
	return wait
}

// worthAsking tells whether a missing packet, whose age is known, is of use if it is asked for now.
func (p *Playout) worthAsking(number, age, trip int64) bool {
	if float64(age+trip) > p.maxTarget-askAgain || p.inPause(number) {
		return false
	}
	newest := p.clock.sequence
	if number >= newest {
		return true
	}
	if next := p.seen.of(number + 1); next.is(received) && (next.is(copied) || p.copies) {
		return false // the next packet repairs it, or tells by having no copy that there was nothing to copy
	}
	// A young one may only have been overtaken.
	return p.clock.timestamp-p.timeOf(number) >= 5*p.frame || age >= p.firsts.quantile(overdueShare)/2
}

// inPause tells whether the packets around a hole hold no voice.
func (p *Playout) inPause(number int64) bool {
	before, after := number-1, number+1
	for before > number-pauseReach && !p.seen.of(before).is(received) {
		before--
	}
	newest := p.clock.sequence
	for after < min(newest, number+pauseReach) && !p.seen.of(after).is(received) {
		after++
	}
	quiet := func(n int64) bool { f := p.seen.of(n); return f.is(received) && !f.is(voiced) }
	return quiet(before) && (after > newest || quiet(after))
}

// noteBurst counts holes of several packets, by the number of one that came.
func (p *Playout) noteBurst(number int64) {
	p.bursts *= forgetting
	if hole := number - p.clock.sequence - 1; hole >= longHole && hole < lookBack {
		p.bursts++
	}
}
