package server

import "time"

// bucket limits a rate: what is taken is forgotten at a steady pace. Its zero value is full.
type bucket struct {
	used float64 // what is not yet forgotten
	at   time.Time
}

// take counts one message of a socket and tells whether it is within the protocol's rate.
func (b *bucket) take(now time.Time) bool { return b.charge(now, 1) }

// charge counts what costs more than its message.
func (b *bucket) charge(now time.Time, messages float64) bool {
	return b.spend(now, messages, ratePerSec, ratePerSec*rateWindow.Seconds())
}

// spend counts an amount, of which so much is forgotten a second, and tells whether no more than burst is
// used now.
func (b *bucket) spend(now time.Time, amount, perSecond, burst float64) bool {
	if passed := now.Sub(b.at).Seconds(); passed > 0 { // instants of several goroutines come in any order
		b.used = max(0, b.used-passed*perSecond)
		b.at = now
	}
	b.used += amount
	return b.used <= burst
}
