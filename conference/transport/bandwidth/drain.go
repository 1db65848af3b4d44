package bandwidth

import "time"

const (
	// drainSpan and drainPackets are what the capacity is measured by while the queue drains.
	drainSpan     = 120 * time.Millisecond
	drainShortest = 60 * time.Millisecond
	drainPackets  = 4
	// drainedQueue is the standing queue at which draining ends.
	drainedQueue = 30 * time.Millisecond
	longestDrain = 2 * time.Second
)

// drain is the time after a collapse in which the queue empties.
type drain struct {
	on        bool
	since     time.Duration
	leftAfter time.Duration // packets that left later tell about the path as it is
	capacity  float64       // bits per second
}

// drain goes on with the draining, if there is one; false: there is none. The queue is ours, so that
// every arrival that waited for others tells the capacity by its distance from them. A large packet comes
// later without any queue, too: before the path became slow it took next to no time.
func (e *Estimator) drain(now, queue time.Duration) bool {
	d := &e.draining
	if !d.on {
		return false
	}
	if t := e.train(drainSpan, d.leftAfter, service(d.capacity)); t.packets >= drainPackets && t.atReceiver > drainShortest {
		d.capacity = t.capacity()
		e.budget, e.ceiling = shareOfCapacity*d.capacity, d.capacity
	}
	age := now - d.since
	if queue < drainedQueue+e.noise && age > e.roundTrip() || age > longestDrain {
		d.on = false
		e.eased = now
	}
	return true
}
