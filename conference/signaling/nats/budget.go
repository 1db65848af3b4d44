package nats

import "time"

// budget bounds how often something may be done.
type budget struct {
	rate  float64 // a second
	burst float64
	left  float64
	at    time.Time
}

// allows takes one, if there is one.
func (b *budget) allows(now time.Time) bool {
	if b.at.IsZero() {
		b.left = b.burst
	} else {
		b.left = min(b.burst, b.left+now.Sub(b.at).Seconds()*b.rate)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
