package bandwidth

import "time"

const (
	// clockStep is how far a packet may be queued longer than its round trip says before the
	// receiver's clock is taken to have been set. The round trip holds the time that the report took,
	// too, which may have been longer when the least one was measured: by so much at most.
	clockStep = 120 * time.Millisecond
	// clockError is the same for what has held for a second: then the least round trips of many
	// reports are compared, which lack those waits.
	clockError = 30 * time.Millisecond
	// backStep is how far arrival times may go back: more than the network reorders.
	backStep = 500 * time.Millisecond
	// otherEra is how far the clock may be set at once to be still the same one.
	otherEra = 24 * time.Hour
)

// clocks ties the receiver's clock to ours.
type clocks struct {
	zero  time.Time // the receiver's time of its first arrival
	began bool
	last  time.Duration // newest arrival
	off   minimum       // least queueing delays: what a wrong clock never falls below
	check time.Duration // when the clocks are compared again
}

// arrive notes an arrival. A queue adds to the round trip as much as to the way there: where only the
// latter grows, the receiver's clock was set.
func (e *Estimator) arrive(t, departed time.Duration, r *Result) {
	c := &e.clocks
	if !c.began {
		c.began, c.zero, c.check = true, r.Arrived, t+time.Second
	}
	arrived := r.Arrived.Sub(c.zero)
	if arrived < c.last-backStep || arrived > c.last+forgotten {
		e.seen.arrivals.clear() // they are of another time
	}
	if arrived < c.last-otherEra || arrived > c.last+otherEra {
		c.zero, c.last, arrived = r.Arrived, 0, 0
		e.seen.base = minimum{}
	}
	c.last = arrived
	if least, ok := e.seen.base.value(); ok {
		trip, _ := e.trips.value()
		if wrong := arrived - departed - least - (t - departed - trip); wrong > clockStep {
			e.resetClock(wrong)
		}
	}
	e.seen.addArrived(departed, arrived, r.Size)
	c.off.add(t, e.seen.last)
}

// checkClock looks once a second for small steps.
func (e *Estimator) checkClock(t time.Duration) {
	c := &e.clocks
	if !c.began || t < c.check {
		return
	}
	c.check = t + time.Second
	queued, _ := c.off.last()
	trip, ok := e.trips.last()
	least, _ := e.trips.value()
	if wrong := queued - (trip - least); ok && wrong > clockError {
		e.resetClock(wrong)
	}
}

// resetClock makes the one-way delays of before comparable with those of now.
func (e *Estimator) resetClock(by time.Duration) {
	e.log.Debug("receiver's clock was set", "by", by)
	e.seen.base.shift(by)
	e.seen.arrivals.clear()
	e.clocks.off = minimum{}
}
