package bandwidth

import "time"

const (
	// overuseQueue stands on the path: we send too much. highQueue: far too much.
	overuseQueue = 35 * time.Millisecond
	highQueue    = 120 * time.Millisecond
	// easePause and a round trip pass before the effect of less is seen.
	easePause = 150 * time.Millisecond
	// What is left of the received rate.
	easedShare = 0.92
	cutShare   = 0.7
	// The received rate is that of receivedSpan; when the queue is high also of recentSpan.
	receivedSpan = 500 * time.Millisecond
	recentSpan   = 200 * time.Millisecond
)

// received is what comes through, in bits per second.
func (e *Estimator) received() float64 { return e.seen.rate(receivedSpan) }

// easeOff lowers the budget below what is received, so that the queue drains.
func (e *Estimator) easeOff(now, queue time.Duration) {
	if now-e.eased <= e.roundTrip()+easePause {
		return
	}
	e.eased = now
	received, recent, share := e.received(), e.seen.rate(recentSpan), easedShare
	if e.moved(now, queue, recent) {
		return
	}
	e.probing.misled(now)
	if queue > highQueue+e.noise || e.stands.suspect() {
		received, share = min(received, recent), cutShare
	} else {
		received = max(received, recent, e.carried()) // while a queue stands this is what the path carries
	}
	e.log.Debug("eases off for a queue", "queue", queue, "received", int(received), "from", int(e.budget))
	e.ceiling = received
	if carried := e.carried(); carried > 0 {
		e.flat.met(carried)
	} else {
		e.flat.met(received)
	}
	e.budget = min(e.budget, share*received)
}
