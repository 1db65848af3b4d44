package bandwidth

import "time"

const (
	// standingSpan is over how many arrivals a queue must stand.
	standingSpan = 100 * time.Millisecond
	noiseSpan    = 500 * time.Millisecond
	// noiseShare of each feedback's jitter goes into the mean: it follows in two to three seconds.
	noiseShare = 0.02
	mostNoise  = 100 * time.Millisecond
)

// standing is the queue that stands on the path.
func (e *Estimator) standing() time.Duration { return e.seen.standing(standingSpan) }

// learnNoise widens all thresholds by the jitter that the path has without overuse.
func (e *Estimator) learnNoise(queue time.Duration) {
	if queue < overuseQueue {
		jitter := min(mostNoise, e.seen.spread(noiseSpan))
		e.noise += time.Duration(noiseShare * float64(jitter-e.noise))
	}
}
