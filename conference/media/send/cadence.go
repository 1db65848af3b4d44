package send

import (
	"math"
	"time"
)

// Limits of the frame rate that an encoder is told. Below 5 a burst of changes after stillness would
// be given the bits of seconds.
const (
	leastFrameRate = 5.0
	mostFrameRate  = 60.0
)

// cadence measures how many pictures a second reach an encoder. The encoder shares its rate among
// pictures, not among seconds: told 30 and given 15, it makes half the bits.
type cadence struct {
	told  float64 // frames per second the encoder works with
	since time.Time
	n     int
}

// count takes the picture of now and returns the rate to tell the encoder, and whether it differs from
// what it works with by more than 15 %. It is measured over a second or more; a burst after stillness,
// which would overshoot for that second, shows after a quarter of it.
func (c *cadence) count(now time.Time) (framesPerSecond float64, changed bool) {
	if c.since.IsZero() || now.Sub(c.since) > 3*time.Second { // the first one, or after a pause
		c.since, c.n = now, 0
		return c.told, false
	}
	c.n++
	span := now.Sub(c.since)
	rate := min(mostFrameRate, max(leastFrameRate, float64(c.n)/span.Seconds()))
	burst := span >= time.Second/4 && rate > 1.5*c.told
	if span < time.Second && !burst {
		return c.told, false
	}
	c.since, c.n = now, 0
	if math.Abs(rate-c.told) <= 0.15*c.told {
		return c.told, false
	}
	c.told = rate
	return rate, true
}
