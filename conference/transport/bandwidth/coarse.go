package bandwidth

import "time"

// How a budget follows a peer that does not tell when packets arrived. Its reports come once a second.
const (
	// Growth in parts a second: before the first trouble, or under a limit that the peer itself keeps to
	// what it receives; and later.
	coarseFirst = 0.25
	coarseLater = 0.08
	// harmlessLoss is loss below which the budget grows; above harmfulLoss it falls, by half of it.
	harmlessLoss = 0.04
	harmfulLoss  = 0.1
	// The round trip above the least one: up to coarseCalm the budget grows, from coarseQueue on, which
	// sound bears, it falls to coarseShare.
	coarseCalm  = 40 * time.Millisecond
	coarseQueue = 80 * time.Millisecond
	coarseShare = 0.85
	// coarsePause passes between two falls: sound and pictures have a report each.
	coarsePause = 500 * time.Millisecond
	// longestReport is grown over at most, after reports that were lost.
	longestReport = 2 * time.Second
	// limitFor is how long a limit of the peer's holds; browsers tell theirs each second.
	limitFor = 5 * time.Second
	// deafAfter without a report while something leaves, the budget falls by half, and again (RFC 8083
	// section 4.2).
	deafAfter = 5 * time.Second
)

// Report is what a peer without transport-cc says about the last interval (RFC 3550 section 6.4.1).
type Report struct {
	FractionLost  float64       // 0 to 1
	RoundTripTime time.Duration // 0: not known
}

// coarse is what such a peer has said.
type coarse struct {
	reported bool
	last     time.Duration // report, or fall for want of one
	eased    bool          // there was trouble
	fell     time.Duration // when the budget last fell
	used     bool          // at the last Tick
	sent     time.Duration // when something last left
	limit    float64       // bits per second; 0: none
	limited  time.Duration // when it was told
}

// Report takes a report of a peer that does not tell when packets arrived; from one that does, it means
// nothing.
func (e *Estimator) Report(now time.Time, r Report) Decision {
	t, c := e.at(now), &e.coarse
	if e.hasHeard || !(r.FractionLost >= 0 && r.FractionLost <= 1) {
		return e.decision()
	}
	elapsed := min(t-c.last, longestReport)
	if !c.reported {
		elapsed = 0
	}
	c.reported, c.last = true, t
	queue := time.Duration(0)
	if r.RoundTripTime > 0 {
		e.trips.add(t, r.RoundTripTime)
		queue = r.RoundTripTime - e.roundTrip()
	}
	fall := func(to float64) {
		if !c.eased || t-c.fell >= coarsePause {
			e.budget *= to
			c.eased, c.fell = true, t
			e.log.Debug("falls by reports", "lost", r.FractionLost, "queue", queue, "to", int(e.budget))
		}
	}
	switch {
	case r.FractionLost > harmfulLoss:
		fall(1 - r.FractionLost/2)
	case queue > coarseQueue:
		fall(coarseShare)
	case r.FractionLost < harmlessLoss && queue < coarseCalm && c.used:
		e.budget *= 1 + e.coarseGrowth(t)*elapsed.Seconds()
	}
	return e.decision()
}

func (e *Estimator) coarseGrowth(t time.Duration) float64 {
	if !e.coarse.eased || e.coarse.limits(t) {
		return coarseFirst
	}
	return coarseLater
}

// Limit takes what such a peer believes that it can receive, in bits per second (REMB,
// draft-alvestrand-rmcat-remb-03).
func (e *Estimator) Limit(now time.Time, bitsPerSecond int) Decision {
	t := e.at(now)
	if bitsPerSecond > 0 {
		e.coarse.limit, e.coarse.limited = float64(bitsPerSecond), t
	}
	return e.decision()
}

// limits tells whether the peer's limit holds.
func (c *coarse) limits(now time.Duration) bool { return c.limit > 0 && now-c.limited <= limitFor }

// listen keeps to the peer's limit, and sends less to one that has fallen silent.
func (e *Estimator) listen(now time.Duration, used bool) {
	c := &e.coarse
	c.used = used
	if e.hasHeard {
		return
	}
	if c.limits(now) {
		e.budget = min(e.budget, c.limit)
	}
	if now-c.sent > time.Second {
		c.last = max(c.last, now-deafAfter/2) // nothing to report
	}
	if c.reported && now-c.last > deafAfter {
		c.last, c.eased = now, true
		e.budget /= 2
	}
}
