package bandwidth

import "time"

const (
	// shortestOutage without a feedback, or a round trip and feedbackSlack, is an outage: three
	// reports in a row are missing then.
	shortestOutage = 350 * time.Millisecond
	feedbackSlack  = 150 * time.Millisecond
	// longestTick is how late a Tick may be, and still all the time since the last one counts.
	longestTick = 60 * time.Millisecond
	// shortestHole of arrivals is one of the path: without one it was there all the time, and the other
	// side was late with its reports, or they were lost.
	shortestHole = 200 * time.Millisecond
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

// outage is what is known of a silence. It is measured in time that we were awake: on a busy machine
// reports may have come in and wait, as we did.
type outage struct {
	muted   bool          // there is an outage
	told    bool          // the owner tells what leaves
	waiting bool          // something left that is not answered for
	ticked  time.Duration // last Tick
	awake   time.Duration // sum of the time between two of them, as far as they were in time
	since   time.Duration // awake when the first of what waits left
	heard   time.Duration // awake at the last feedback
}

// tick tells that time has passed.
func (o *outage) tick(now time.Duration) {
	o.awake += min(max(0, now-o.ticked), longestTick)
	o.ticked = now
}

func (o *outage) sent() {
	o.told = true
	if !o.waiting {
		o.waiting, o.since = true, o.awake
	}
}

func (o *outage) answered() { o.waiting, o.heard = false, o.awake }

// silent is for how long nothing has been heard.
func (o *outage) silent() time.Duration {
	if o.told {
		return o.awake - max(o.heard, o.since)
	}
	return o.awake - o.heard
}

// judgeSilence finds an outage.
func (e *Estimator) judgeSilence(now time.Duration) {
	o := &e.silence
	if o.muted || !e.hasHeard || o.told && !o.waiting {
		return
	}
	if o.silent() > max(shortestOutage, e.roundTrip()+feedbackSlack) {
		o.muted = true
		e.draining.on = false
		e.probing.cancel(now)
		e.log.Info("path is silent")
	}
}

// resume begins anew with the first feedback after an outage.
func (e *Estimator) resume(now, silent time.Duration) Decision {
	e.silence.muted = false
	if e.seen.longestHole(silent) < shortestHole {
		e.log.Info("path was only not told of", "silent", silent)
		return e.restart(e.budget, 0)
	}
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

// longestHole is the longest time without an arrival in the last span of them.
func (w *window) longestHole(span time.Duration) time.Duration {
	newest, hole := w.newest(), time.Duration(0)
	if newest == nil {
		return span
	}
	at := newest.arrived
	for i := w.arrivals.count - 2; i >= 0 && newest.arrived-at < span; i-- {
		a := w.arrivals.at(i)
		hole = max(hole, at-a.arrived)
		at = min(at, a.arrived)
	}
	if newest.arrived-at < span {
		return span // nothing is known of the rest
	}
	return hole
}
