package server

import "time"

// bucket limits a rate: on average ratePerSec messages a second over rateWindow. Its zero value is full.
type bucket struct {
	used float64 // messages not yet forgotten
	at   time.Time
}

// take counts one message and tells whether it is within the rate.
func (b *bucket) take(now time.Time) bool {
	b.used = max(0, b.used-now.Sub(b.at).Seconds()*ratePerSec)
	b.at = now
	b.used++
	return b.used <= ratePerSec*rateWindow.Seconds()
}
