package bandwidth

import "time"

const (
	// alike is how near two measures of a ceiling are that stays where it is, as a part of it.
	alike = 0.08
	// aloneBelow is how far above the ceiling a train of packets gets through at most where nobody else
	// sends: it gets some of the others' part as well, one of two equal flows 1.5 times its ceiling. (With
	// no such test flows that share a link drive each other out.)
	aloneBelow = 1.15
	// slowedFrom is how much longer a train is when it arrives for its rate to be the path's.
	slowedFrom = 1.3
	// gentleQueue stands on a path whose ceiling is known: a little less is enough. flatQueue stands
	// there at most while the budget grows. Half of the noise comes on top of each.
	gentleQueue = 16 * time.Millisecond
	flatQueue   = 12 * time.Millisecond
	// gentlePause and a round trip pass before the effect is seen.
	gentlePause = 600 * time.Millisecond
	// gentleShare of the budget is left then.
	gentleShare = 0.98
	// From flatFrom of the ceiling on, what is received grows by flatGrowth of what it would otherwise;
	// where no more than usedFrom of the budget arrives of what was not lost, the budget does not grow.
	flatFrom   = 0.95
	flatGrowth = 0.5
	usedFrom   = 0.9
)

// plateau is what is known of a ceiling that stays where it is, on a path that nobody else uses. There is
// no need to fill the queue again and again to find out whether it is still there: the budget stays just
// below, and the queue small. (1 Mbit/s, 60 ms, 2 % loss: 90 % queue 26 instead of 45 ms, 99 % 38 instead of
// 81 ms, at 919 kbit/s instead of 898.)
type plateau struct {
	level float64 // the ceiling as the queue showed it last, in bits per second; 0: never
	sure  bool    // and it was alike before
	train float64 // what the last probe showed
	limit float64 // likewise, if the train was slowed down; else 0
}

// met notes the ceiling.
func (p *plateau) met(ceiling float64) {
	p.sure = near(ceiling, p.level)
	p.level = ceiling
}

func near(a, b float64) bool { return a > (1-alike)*b && a < (1+alike)*b }

// known tells whether the ceiling is known, and this flow is alone.
func (p *plateau) known() bool {
	return p.sure && p.train > 0 && p.train < aloneBelow*p.level
}

// probed notes a probe's result. Trains that were slowed down to the same rate twice show the ceiling as well
// as a queue does; and before there was a queue, once is enough to be careful: most first queues are not
// built then.
func (e *Estimator) probed(carried float64, slowed bool) {
	p := &e.flat
	before := p.limit
	p.train, p.limit = carried, 0
	if !slowed {
		return
	}
	p.limit = carried
	twice := near(carried, before)
	if e.ceiling == 0 || twice && e.ceiling == p.level {
		e.ceiling, p.level = carried, carried
		p.sure = p.sure || twice
	}
}

// tooMuch is the standing queue above which less is to be sent.
func (e *Estimator) tooMuch() time.Duration {
	if e.flat.known() {
		return gentleQueue + e.noise/2
	}
	return overuseQueue + e.noise
}

// calm is the standing queue below which more may be sent.
func (e *Estimator) calm() time.Duration {
	if e.flat.known() {
		return flatQueue + e.noise/2
	}
	return calmQueue + e.noise
}

// easeGently lowers the budget by a little, below a ceiling that is known.
func (e *Estimator) easeGently(now, queue time.Duration) {
	if now-e.eased <= e.roundTrip()+gentlePause {
		return
	}
	e.eased = now
	e.probing.misled(now)
	e.log.Debug("eases off gently", "queue", queue, "ceiling", int(e.flat.level), "from", int(e.budget))
	if carried := e.carried(); carried > 0 {
		e.flat.met(carried)
	}
	e.ceiling = e.flat.level
	e.budget = gentleShare * min(e.budget, e.flat.level)
}

// carried is what the newest arrivals that all waited in the queue say that the path carries, in bits per
// second; 0: they say nothing. Of those before a hole in the reports some are not known.
func (e *Estimator) carried() float64 {
	if t := e.train(drainSpan, e.untold, 0); t.packets >= drainPackets && t.atReceiver > drainShortest {
		return t.capacity()
	}
	return 0
}

// flatten slows the growth of the budget near a known ceiling down.
func (e *Estimator) flatten(more float64) float64 {
	if !e.flat.known() {
		return more
	}
	switch received := e.received(); {
	case e.budget > flatFrom*e.ceiling && received < usedFrom*(1-e.seen.randomLoss())*e.budget:
		return 0 // nothing would show that it is too much
	case received > flatFrom*e.ceiling:
		return flatGrowth * more
	}
	return more
}
