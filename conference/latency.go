package conference

import (
	"slices"
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
)

// latencySamples is how many pictures the quantiles of latency are taken over: some 8 s.
const latencySamples = 256

// maxLatency is the longest that is believed: a clip of a test picture shows the time of its making.
const maxLatency = 10 * time.Second

// pictureClock measures the time from capture to decoding by the clock in the test picture. It is true
// where both ends read the same clock, on one machine.
type pictureClock struct {
	mu   sync.Mutex
	ring [latencySamples]time.Duration
	n    int
}

func (c *pictureClock) see(now time.Time, f *media.VideoFrame) {
	code, ok := pattern.ReadCodeInPlace(f)
	if !ok {
		return
	}
	latency := now.Sub(code.At)
	if latency < 0 || latency > maxLatency {
		return
	}
	c.mu.Lock()
	c.ring[c.n%latencySamples] = latency
	c.n++
	c.mu.Unlock()
}

// stats gives the quantiles, nil before the first picture with a clock.
func (c *pictureClock) stats() *LatencyStats {
	c.mu.Lock()
	seen := slices.Clone(c.ring[:min(c.n, latencySamples)])
	c.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	slices.Sort(seen)
	at := func(q float64) float64 { return float64(seen[int(q*float64(len(seen)-1))]) / float64(time.Millisecond) }
	return &LatencyStats{P50: at(0.5), P95: at(0.95)}
}
