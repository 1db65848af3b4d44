package transport

import "time"

const (
	// queueOfNote is how far a packet's one-way delay is above the least when it is worth a report.
	queueOfNote = 60 * time.Millisecond
	// growthOfNote is by how much it must be above the packet's before; the times are not exact.
	growthOfNote = time.Millisecond
	// delaySpan is half of how long the least one-way delay is remembered.
	delaySpan = 5 * time.Second
)

// queueWatch sees a queue grow on the way to us, by the times of departure that the packets carry
// (abs-send-time). The two clocks need not agree.
type queueWatch struct {
	began  bool
	wire   uint32        // the last one-way delay, 24 bits of 6.18 fixed point seconds
	delay  int64         // the same without wrap-around, in units of 2^-18 s
	least  int64         // of this span
	before int64         // of the one before
	since  time.Duration // begin of this span
}

// grows takes a packet's arrival and its abs-send-time. true: its one-way delay is far above the least,
// and rises.
func (q *queueWatch) grows(now time.Duration, sent uint32) bool {
	wire := (sendTime(now) - sent) & 0xffffff
	if !q.began {
		q.began, q.wire, q.since = true, wire, now
	}
	change := int64(int32((wire-q.wire)<<8) >> 8)
	q.wire = wire
	q.delay += change
	if now-q.since >= delaySpan {
		q.before, q.least, q.since = q.least, q.delay, now
	}
	q.least = min(q.least, q.delay)
	above := q.delay - min(q.least, q.before)
	return change > ticks(growthOfNote) && above > ticks(queueOfNote)
}

// ticks is a duration in units of 2^-18 s.
func ticks(d time.Duration) int64 {
	whole, rest := int64(d/time.Second), int64(d%time.Second)
	return whole<<18 + rest<<18/int64(time.Second)
}
