package bandwidth

import "time"

const (
	// shortestOutage without a feedback, or a round trip and feedbackSlack, is an outage: three
	// reports in a row are missing then.
	shortestOutage = 350 * time.Millisecond
	feedbackSlack  = 150 * time.Millisecond
	// What is left of the budget after an outage: the longer it was, the less is known.
	resumedShare = 0.85
	resumedFade  = 0.02 // a second
	leastResumed = 0.3
	unqueued     = 100 * time.Millisecond // the link was away, not slow
	resumedSpan  = 300 * time.Millisecond
	// otherPath is how long a silence is after which packets may well come another way, with delays of
	// its own: what is queued is not told from the old ones.
	otherPath       = time.Second
	probeAfterBreak = 500 * time.Millisecond
)

// outage is what is known of a silence.
type outage struct {
	muted   bool          // there is an outage
	told    bool          // the owner tells what leaves
	waiting bool          // something left that is not answered for
	since   time.Duration // when the first of it left
}

func (o *outage) sent(now time.Duration) {
	o.told = true
	if !o.waiting {
		o.waiting, o.since = true, now
	}
}

func (o *outage) answered() { o.waiting = false }

// judgeSilence finds an outage.
func (e *Estimator) judgeSilence(now time.Duration) {
	o := &e.silence
	if o.muted || !e.hasHeard || o.told && !o.waiting {
		return
	}
	since := e.heard
	if o.told {
		since = max(since, o.since)
	}
	if now-since > max(shortestOutage, e.roundTrip()+feedbackSlack) {
		o.muted = true
		e.draining.on = false
		e.probing.cancel(now)
		e.log.Info("path is silent")
	}
}

// resume begins anew with the first feedback after an outage.
func (e *Estimator) resume(now, silent time.Duration) Decision {
	e.silence.muted = false
	e.seen.forgetLosses()
	e.settled = now
	if e.standing() < unqueued {
		e.budget *= max(leastResumed, resumedShare-resumedFade*silent.Seconds())
	} else {
		e.budget = resumedShare * e.seen.rate(resumedSpan)
	}
	if e.standing() < unqueued || silent > otherPath {
		e.seen.forgetDelays()
		e.trips, e.clocks.off = minimum{}, minimum{}
	}
	e.probing.cancel(now + probeAfterBreak)
	e.limit()
	e.log.Info("path is back", "silent", silent, "to", int(e.budget))
	return e.restart(e.budget, 0)
}
