package beacon

import (
	"net/netip"
	"time"
)

// What packets may cost: a signature takes some 60 us to check.
const (
	sourceRate  = 20  // packets a second of one address
	sourceBurst = 40  // packets at once of one address
	totalRate   = 500 // packets a second of all addresses
	maxSources  = 512
)

// limiter decides which packets are worth a look at their signature: token buckets, one a source and one
// for all of them.
type limiter struct {
	total   bucket
	sources map[netip.Addr]*bucket
}

// bucket holds tokens, at most as many as fit in.
type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter() limiter {
	return limiter{total: bucket{tokens: totalRate}, sources: make(map[netip.Addr]*bucket)}
}

// allow takes a token for a packet from somewhere.
func (l *limiter) allow(now time.Time, from netip.Addr) bool {
	b := l.sources[from]
	if b == nil {
		if len(l.sources) >= maxSources {
			return false
		}
		b = &bucket{tokens: sourceBurst, at: now}
		l.sources[from] = b
	}
	return b.take(now, sourceRate, sourceBurst) && l.total.take(now, totalRate, totalRate)
}

// expire forgets sources whose buckets are full again.
func (l *limiter) expire(now time.Time) {
	for from, b := range l.sources {
		if b.tokens+now.Sub(b.at).Seconds()*sourceRate >= sourceBurst {
			delete(l.sources, from)
		}
	}
}

func (b *bucket) take(now time.Time, rate, size float64) bool {
	if !b.at.IsZero() {
		b.tokens = min(size, b.tokens+now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
