package send

import (
	"time"

	"confab/conference/media"
)

// How a peer's tier follows what its path carries.
const (
	// downBelow of what a tier needs for downAfter takes a peer to a smaller one, and upAbove of what the
	// next one needs for upAfter to a larger one.
	downBelow = 0.85
	downAfter = 500 * time.Millisecond
	upAbove   = 1.15
	upAfter   = 500 * time.Millisecond
	// For opening after the first choice it takes only openingUp: what the path carries is being found
	// out, and grows in steps.
	opening   = 5 * time.Second
	openingUp = 100 * time.Millisecond
	// shortRest is how long after a fall no larger tier is tried; each further fall makes it longer by
	// restGrows, up to longRest. After steadyAfter in which nothing fell it is short again.
	shortRest   = 2 * time.Second
	restGrows   = 1.5
	longRest    = 10 * time.Second
	steadyAfter = 30 * time.Second
	// carefully is the part of a measured rate that a beginning counts on.
	carefully = 0.9
	// keyStretch is how much more than its cap the coarsest key frame of a tier may take at a beginning:
	// 60 ms of what the path carries, not 40.
	keyStretch = 1.5
)

// climber finds the tier of one peer: the largest that its path carries, without going to and fro.
type climber struct {
	at         int // index of the rung; the ladder's first is the largest
	top        int // the largest that was allowed
	begun      bool
	since      time.Time // of the first choice
	generation uint64    // of the budget

	lowSince, highSince time.Time // zero: it is not
	restUntil           time.Time
	rest                time.Duration
	fell                time.Time
}

// stop makes the next choice the first one.
func (c *climber) stop() { c.begun = false }

// choose gives the rung of a peer, no larger than top. least is what each rung needs, in bits per
// second.
func (c *climber) choose(now time.Time, b media.Budget, rungs []rung, top int, least []int) int {
	rate := float64(b.BitsPerSecond)
	widened := c.begun && top < c.top
	c.top = top
	switch {
	case !c.begun:
		*c = climber{begun: true, since: now, top: top, generation: b.Generation, rest: shortRest}
		c.move(fit(rate, top, least))
	case b.Hold:
	case c.generation != b.Generation:
		c.generation = b.Generation
		c.move(begin(rate, float64(b.KeyFrameBytes), rungs, top, least))
	case widened:
		c.move(min(c.at, fit(rate/upAbove, top, least)))
	default:
		c.step(now, b, top, least)
	}
	c.at = min(max(c.at, top), len(rungs)-1)
	return c.at
}

// step goes down or up if that has been called for long enough.
func (c *climber) step(now time.Time, b media.Budget, top int, least []int) {
	rate := float64(b.BitsPerSecond)
	c.at = max(c.at, top)
	low := c.at < len(least)-1 && rate < downBelow*float64(least[c.at])
	if since(&c.lowSince, low, now) > downAfter {
		if now.Sub(c.fell) > steadyAfter {
			c.rest = shortRest
		}
		c.fell, c.restUntil = now, now.Add(c.rest)
		c.rest = min(longRest, time.Duration(restGrows*float64(c.rest)))
		c.move(fit(rate, c.at+1, least))
		return
	}
	high := c.at > top && rate > upAbove*float64(least[c.at-1]) && b.TopLayer == topLayer && !now.Before(c.restUntil)
	after := upAfter
	if now.Sub(c.since) < opening {
		after = openingUp
	}
	if since(&c.highSince, high, now) > after {
		c.move(fit(rate/upAbove, top, least))
	}
}

func (c *climber) move(to int) { c.at, c.lowSince, c.highSince = to, time.Time{}, time.Time{} }

// since keeps in at the instant from which on is true, and gives how long ago that is.
func since(at *time.Time, on bool, now time.Time) time.Duration {
	if !on {
		*at = time.Time{}
		return 0
	}
	if at.IsZero() {
		*at = now
	}
	return now.Sub(*at)
}

// fit is the largest rung from top on that a rate in bits per second carries; the last one in need.
func fit(rate float64, top int, least []int) int {
	for i := top; i < len(least)-1; i++ {
		if rate >= float64(least[i]) {
			return i
		}
	}
	return max(top, len(least)-1)
}

// begin is the rung for a path that begins anew: one whose key frame is there soon, even if the measured
// rate is too high.
func begin(rate, keyBytes float64, rungs []rung, top int, least []int) int {
	i := fit(carefully*rate, top, least)
	for i < len(rungs)-1 && float64(rungs[i].key) > keyStretch*keyBytes {
		i++
	}
	return i
}
