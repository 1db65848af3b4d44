package bandwidth

import "time"

const (
	// A path is near whose round trip is below nearTrip and whose packets are not queued above
	// nearQueue, by the first nearPackets of them.
	nearTrip    = 5 * time.Millisecond
	nearQueue   = 5 * time.Millisecond
	nearPackets = 8
	nearWithin  = 3 * time.Second
	// nearBudget carries the largest tier, in bits per second.
	nearBudget = 4_000_000
)

// nearby is whether the path begins high.
type nearby struct {
	decided bool
	near    bool
	began   bool
	since   time.Duration
}

// startHigh gives a path inside the house all it can use at once: its first reports show round trips
// that no access line has, and no queue. If that is wrong, the collapse shows within 100 ms.
func (e *Estimator) startHigh(now, queue time.Duration) {
	n := &e.local
	if n.decided {
		return
	}
	if !n.began {
		n.began, n.since = true, now
	}
	if e.ceiling > 0 || now-n.since > nearWithin {
		n.decided = true
		return
	}
	if e.seen.arrivals.count >= nearPackets && e.roundTrip() < nearTrip && queue < nearQueue {
		n.decided, n.near = true, true
		e.budget = max(e.budget, nearBudget)
		e.probing.cancel(now + probeSoon)
	}
}
