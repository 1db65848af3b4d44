package bandwidth

import "time"

const (
	// Losses of a short queue: so many in lossSpan, such a part, and so much more delay before them.
	leastLosses   = 6
	leastLoss     = 0.02
	delayOfLoss   = 8 * time.Millisecond
	lossEasePause = 500 * time.Millisecond
	// toleratedLoss is no reason to send less: repairs cope with it, and less would be lost the same.
	toleratedLoss = 0.12
	// lossPackets are judged at least, once in lossPause.
	lossPackets = 100
	lossPause   = time.Second
)

// losses is the state of the rules about loss.
type losses struct {
	cut time.Duration // last time the budget fell for random loss
}

// lossOfQueue tells losses of a short, full queue from random ones: they happen where the delay is
// above its mean.
func (w *window) lossOfQueue(noise time.Duration) bool {
	return w.lost.n >= leastLosses && float64(w.lost.n) > leastLoss*float64(w.all.n) &&
		w.lost.mean() > w.all.mean()+delayOfLoss+noise/2
}

// randomLoss is the part of the last packets that was lost; 0 while there are too few to say.
func (w *window) randomLoss() float64 {
	if w.fates.count <= lossPackets {
		return 0
	}
	return float64(w.lost.n) / float64(w.fates.count)
}

// easeOffForLoss lowers the budget as a standing queue would.
func (e *Estimator) easeOffForLoss(now time.Duration) {
	if now-e.eased <= e.roundTrip()+lossEasePause {
		return
	}
	e.eased = now
	received := e.received()
	e.log.Debug("eases off for losses of a queue", "lost", e.seen.lost.n, "received", int(received), "from", int(e.budget))
	if !e.flat.known() {
		e.ceiling = received
	}
	e.budget = min(e.budget, easedShare*received)
}

// yieldToLoss lowers the budget for more loss than repairs cope with.
func (e *Estimator) yieldToLoss(now time.Duration) {
	if now-e.losing.cut <= lossPause {
		return
	}
	e.losing.cut = now
	e.log.Debug("yields to loss", "part", e.seen.randomLoss(), "from", int(e.budget))
	e.budget *= 1 - (e.seen.randomLoss()-toleratedLoss/2)/2
}
