package receive

import "time"

// What is waited for, and how long. With these a 1 Mbit/s link that loses 2 % shows no gap between
// pictures over half a second.
const (
	reorderWait = 4 * time.Millisecond // a packet that is late is not lost yet
	maxAsks     = 10                   // for one packet
	// secondAsk is when a packet is asked for once more in any case: a request that is lost costs another
	// round trip in which nothing can be decoded. Senders answer the two of them once.
	secondAsk = 15 * time.Millisecond
	// secondChance is how long a repair that was lost may delay the pictures after it: more would be seen
	// as a freeze (from 150 ms above the mean on, W3C webrtc-stats).
	secondChance = 150 * time.Millisecond

	// beginWait is how long a stream that begins may take to show a key frame before one is asked for.
	beginWait = 50 * time.Millisecond
	// keyInterval is the time between two requests for a key frame; it doubles after slowAfter of them.
	keyInterval    = 300 * time.Millisecond
	maxKeyInterval = 5 * time.Second
	slowAfter      = 6
	// arriving is how fresh the last packet of an unfinished key frame is while it counts as on its way.
	arriving = 100 * time.Millisecond
)

// askAgain is the time after which a repair that was asked for is asked for again.
func askAgain(roundTrip time.Duration) time.Duration {
	return roundTrip*6/5 + 10*time.Millisecond
}

// skipWait is how long a frame of an upper layer is waited for: until a repair is there, and on a short
// path until one that was lost has been asked for again.
func skipWait(roundTrip time.Duration) time.Duration {
	once := roundTrip*13/10 + 20*time.Millisecond
	twice := min(roundTrip*24/10+30*time.Millisecond, secondChance)
	return clamp(max(once, twice), 40*time.Millisecond, 250*time.Millisecond)
}

// keyWait is how long a frame of the base layer is waited for before a key frame is asked for.
func keyWait(roundTrip time.Duration) time.Duration {
	return clamp(roundTrip*5/2, 200*time.Millisecond, 600*time.Millisecond)
}

func clamp(d, least, most time.Duration) time.Duration { return min(max(d, least), most) }

// repairTrip is how long repairs take from being asked for to their arrival. It is more than a round
// trip where they wait in a queue.
type repairTrip time.Duration

// maxTrip bounds what is learnt.
const maxTrip = 500 * time.Millisecond

// arrived notes that a packet is there that was missing.
func (t *repairTrip) arrived(now time.Time, s *slot) {
	asked := s.asked
	switch s.asks {
	case 1:
	case 2:
		asked = asked.Add(-secondAsk)
	default: // which request it answers is not known
		return
	}
	took := min(repairTrip(now.Sub(asked)), repairTrip(maxTrip))
	if *t == 0 {
		*t = took
	}
	*t += (took - *t) / 5
}

// of is the round trip to count on, where the path's is known to be at least that. What was taken for a
// repair may have been a packet that was late.
func (t *repairTrip) of(roundTrip time.Duration) time.Duration {
	return max(roundTrip, time.Duration(*t))
}

// repairs appends the sequence numbers to ask for now, oldest first. If there is too much to repair, all
// of it is given up.
func (a *assembler) repairs(now time.Time, roundTrip time.Duration, dst []uint16) []uint16 {
	a.bound(now, roundTrip)
	if a.missing == 0 {
		return dst
	}
	for n := a.next; n <= a.high; n++ {
		s := a.slot(n)
		if s.state != missing || now.Before(s.askAt(roundTrip)) || s.asks >= maxAsks {
			continue
		}
		s.asks++
		s.asked = now
		dst = append(dst, uint16(n))
	}
	return dst
}

// askAt is when a missing packet is to be asked for.
func (s *slot) askAt(roundTrip time.Duration) time.Time {
	switch s.asks {
	case 0:
		return s.at.Add(reorderWait)
	case 1:
		return s.asked.Add(secondAsk)
	}
	return s.asked.Add(askAgain(roundTrip))
}

// bound gives up what is not worth repairing.
func (a *assembler) bound(now time.Time, roundTrip time.Duration) {
	hole, ok := a.firstHole(a.next)
	if !ok {
		return
	}
	age := now.Sub(a.slot(hole).at)
	if a.missing > maxMissing || age >= maxMissingAge || a.chain.needKey && age >= keyWait(roundTrip) {
		a.giveUp(now)
	}
	if a.missing > maxMissing { // the key frame itself is a hole
		a.consume(a.high + 1)
	}
}

// wantsKeyFrame tells whether a key frame is to be asked for now, and takes it as asked for if so.
func (a *assembler) wantsKeyFrame(now time.Time, roundTrip time.Duration) bool {
	at := a.keyAt(roundTrip)
	if at.IsZero() || now.Before(at) {
		return false
	}
	a.keys.asked(now, roundTrip)
	return true
}

// keyAt is when a key frame is to be asked for; zero: never.
func (a *assembler) keyAt(roundTrip time.Duration) time.Time {
	var at time.Time
	hole, holed := a.firstHole(a.next)
	if holed {
		at = a.slot(hole).at.Add(keyWait(roundTrip))
	}
	if a.chain.needKey {
		at = a.keys.wanted
		if a.next <= a.high && a.slot(a.next).state == present && a.slot(a.next).key { // it is on its way
			if at = a.lastAt.Add(arriving); holed {
				at = a.slot(hole).at.Add(keyWait(roundTrip))
			}
		}
	}
	if !at.IsZero() && at.Before(a.keys.next) {
		return a.keys.next
	}
	return at
}

// deadline is when, after now, pop, repairs or wantsKeyFrame may have something new although no packet
// came; zero: never.
func (a *assembler) deadline(now time.Time, roundTrip time.Duration) time.Time {
	due := a.keyAt(roundTrip)
	sooner := func(t time.Time) {
		if due.IsZero() || t.Before(due) {
			due = t
		}
	}
	if s := a.slot(a.next); a.next <= a.high && !a.used && s.state == present && !s.start {
		sooner(s.at.Add(startWait))
	}
	hole, ok := a.firstHole(a.next)
	if !ok {
		return due
	}
	since := a.slot(hole).at
	// Of the waits of a hole those that are over cannot bring anything new by themselves.
	for _, wait := range []time.Duration{skipWait(roundTrip), keyWait(roundTrip), maxMissingAge} {
		if t := since.Add(wait); t.After(now) {
			sooner(t)
		}
	}
	for n := hole; n <= a.high; n++ {
		if s := a.slot(n); s.state == missing && s.asks < maxAsks {
			sooner(s.askAt(roundTrip))
		}
	}
	return due
}

// keyRequests are the times of requests for key frames.
type keyRequests struct {
	wanted time.Time // since when the stream needs one
	next   time.Time // no request before
	n      int       // requests since the last key frame
}

// want says that from t on a key frame is needed.
func (k *keyRequests) want(t time.Time) { k.wanted = t }

// served says that a key frame is there.
func (k *keyRequests) served() { k.n = 0 }

func (k *keyRequests) asked(now time.Time, roundTrip time.Duration) {
	k.n++
	interval := max(keyInterval, askAgain(roundTrip))
	for range max(0, k.n-slowAfter) {
		interval = min(2*interval, maxKeyInterval)
	}
	k.next = now.Add(interval)
}
