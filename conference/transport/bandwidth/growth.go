package bandwidth

import "time"

const (
	// calmQueue stands on the path at most while the budget grows.
	calmQueue = 21 * time.Millisecond
	// Growth before the first queue, in parts a second.
	firstGrowth = 1.2
	// Growth after it: in parts a second, and in bits per second a second, of small budgets at most
	// mostMore parts. What does not depend on the budget makes flows on one link equal in time.
	laterGrowth = 0.12
	laterMore   = 100_000
	mostMore    = 0.25
	// Growth near the last ceiling: bits per second a second, of small budgets at most mostNear parts.
	nearMore = 40_000
	mostNear = 0.06
	nearFrom = 0.8 // of the ceiling
	nearTo   = 1.1
	// longestStep between two feedbacks is grown over.
	longestStep = 200 * time.Millisecond
	// The budget grows up to so many times what is received, and so much more.
	provenFactor = 1.5
	provenMore   = 100_000
	// trusted is how long a budget is believed that nobody puts to the test; then what is above the
	// proven fades with the time constant fadeTime.
	trusted  = 5 * time.Second
	fadeTime = 5 * time.Second
)

// proven is how far the budget may be above what is received: what we do not send says nothing.
func (e *Estimator) proven() float64 { return provenFactor*e.received() + provenMore }

// grow raises the budget over the time since the last feedback.
func (e *Estimator) grow(elapsed time.Duration) {
	if e.budget >= e.proven() {
		return
	}
	more := firstGrowth * e.budget
	if e.ceiling > 0 {
		more = laterGrowth*e.budget + min(laterMore, mostMore*e.budget)
		if e.budget > nearFrom*e.ceiling && e.budget < nearTo*e.ceiling {
			more = e.flatten(min(nearMore, mostNear*e.budget))
		}
	}
	e.budget += more * elapsed.Seconds()
}

// fading is how a budget that is not used loses trust.
type fading struct {
	wanted time.Duration // last time the budget was used up, or proven
	last   time.Duration // last Tick
}

// fade lowers a budget that nobody puts to the test towards what is proven.
func (e *Estimator) fade(now time.Duration, used bool) {
	f := &e.unused
	elapsed := min(max(0, now-f.last), time.Second)
	f.last = now
	floor := max(e.proven(), min(defaultStart, float64(e.options.Start)))
	if e.local.near && e.ceiling == 0 {
		floor = max(floor, nearBudget)
	}
	if used || e.silence.muted || !e.hasHeard || e.budget <= floor {
		f.wanted = now
	}
	if now-f.wanted > trusted {
		e.budget -= (e.budget - floor) * elapsed.Seconds() / fadeTime.Seconds()
	}
}
