package bandwidth

import "time"

const (
	// A packet counts as queued above queuedFrom and half the noise.
	queuedFrom = 10 * time.Millisecond
	// A collapse is judged by the newest arrivals: three packets and collapseSpan at least.
	collapsePackets = 3
	collapseSpan    = 60 * time.Millisecond
	longestTrain    = 600 * time.Millisecond
	shortestTrain   = 30 * time.Millisecond
	// longestHole of a train: what arrives in one lump after a hole was held back by a radio link.
	longestHole = 0.6
	// growthOfQueue is by how much the train's queue must have grown.
	growthOfQueue = 30 * time.Millisecond
	// collapseRatio is how much faster packets left than they arrive, and how far the budget is above.
	collapseRatio = 1.4
	// shareOfCapacity is the budget after a collapse.
	shareOfCapacity = 0.85
	// collapsePause is how long no probe is sent after a collapse.
	collapsePause = 2 * time.Second
	// restartWait lets some of the queue drain before the key frame.
	restartWait = 50 * time.Millisecond
)

// train is a row of arrivals that all waited in the queue: their spacing is the path's capacity.
type train struct {
	packets    int
	bytes      int           // without the first packet
	atReceiver time.Duration // from the first to the last
	atSender   time.Duration
	grown      time.Duration // the last one's queueing delay above the first one's
	hole       time.Duration // the longest without an arrival
}

// capacity is what the train says that the path carries, in bits per second.
func (t train) capacity() float64 { return float64(t.bytes) * 8 / t.atReceiver.Seconds() }

// queuedTrain gathers the newest arrivals that all waited in the queue and left after the given
// instant, no further back than span needs.
func (w *window) queuedTrain(span, leftAfter, threshold time.Duration) train {
	last := w.newest()
	if last == nil {
		return train{}
	}
	var t train
	var first *arrival
	for i := w.arrivals.count - 1; i >= 0; i-- {
		a := w.arrivals.at(i)
		enough := t.packets >= collapsePackets && last.arrived-first.arrived >= span
		if enough || last.arrived-a.arrived >= longestTrain || a.queued <= threshold || a.departed <= leftAfter {
			break
		}
		if first != nil {
			t.hole = max(t.hole, first.arrived-a.arrived)
		}
		t.packets++
		t.bytes += a.size
		first = a
	}
	if t.packets < 2 {
		return train{}
	}
	t.bytes -= first.size
	t.atReceiver = last.arrived - first.arrived
	t.atSender = last.departed - first.departed
	t.grown = last.queued - first.queued
	return t
}

// train is the newest one of packets that waited for longer than it takes to serve one.
func (e *Estimator) train(span, leftAfter, service time.Duration) train {
	return e.seen.queuedTrain(span, leftAfter, queuedFrom+e.noise/2+service)
}

// judgeCollapse finds out that the path became much slower: the newest arrivals were all queued, the
// queue grows, and far less arrives than was sent and than the budget says. What arrives then is what
// the path carries.
func (e *Estimator) judgeCollapse(now time.Duration) (Decision, bool) {
	t := e.train(collapseSpan, e.settled, 0)
	if t.packets < collapsePackets || t.atReceiver < shortestTrain || t.grown < growthOfQueue ||
		float64(t.hole) > longestHole*float64(t.atReceiver) ||
		e.seen.newest().queued <= overuseQueue+e.noise {
		return Decision{}, false
	}
	capacity := t.capacity()
	if float64(t.atReceiver) <= collapseRatio*float64(t.atSender) || capacity*collapseRatio >= e.budget {
		return Decision{}, false
	}
	e.log.Info("path became slow", "from", int(e.budget), "to", int(capacity))
	e.draining = drain{on: true, since: now, leftAfter: e.settled, capacity: capacity}
	e.settled = now
	e.budget, e.ceiling, e.flat = shareOfCapacity*capacity, capacity, plateau{}
	e.probing.cancel(now + collapsePause)
	e.probing.misled(now)
	return e.restart(capacity, restartWait), true
}
