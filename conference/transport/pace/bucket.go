package pace

import "time"

const (
	// burst is how much may leave at once after a pause, as time at the pace.
	burst = 5 * time.Millisecond
	// lateBurst is the same for what was to leave before: on a busy machine timers come late, and each
	// time the path would have carried nothing.
	lateBurst = 30 * time.Millisecond
	// beat is how far apart packets leave that are due one after the other, but for those of probes: what
	// is due meanwhile leaves at once. Waking up costs a busy sender more than sending.
	beat = 5 * time.Millisecond
	// probeBurst is the same within a probe, whose spacing is what it measures: as late as timers are.
	probeBurst = time.Millisecond
)

// bucket spaces packets.
type bucket struct {
	free time.Time // when the next packet may leave
}

// wait is how long after now the next packet may leave; 0: now.
func (b *bucket) wait(now time.Time) time.Duration { return max(0, b.free.Sub(now)) }

// toBeat is how long after now the first beat is that is not sooner than wait. All paths have the same beats,
// so that one wakes the processor for all.
func toBeat(now time.Time, wait time.Duration) time.Duration {
	over := time.Duration(now.Add(wait).UnixNano()) % beat
	return wait + (beat-over)%beat
}

// take counts a packet of size bytes that leaves now at a pace in bits per second. Of a pause before it,
// burst counts.
func (b *bucket) take(now time.Time, size, pace int, burst time.Duration) {
	if earliest := now.Add(-burst); b.free.Before(earliest) {
		b.free = earliest
	}
	b.free = b.free.Add(duration(size, pace))
}

// duration is how long size bytes take at a rate in bits per second.
func duration(size, bitsPerSecond int) time.Duration {
	return time.Duration(int64(size) * 8 * int64(time.Second) / int64(max(1, bitsPerSecond)))
}

// bytesIn is how many bytes a rate in bits per second makes in d.
func bytesIn(bitsPerSecond int, d time.Duration) int {
	return int(int64(bitsPerSecond) / 8 * int64(d) / int64(time.Second))
}

// meter measures the rate of something that flows in packets, as a mean that forgets with a time
// constant of half a second. The zero value is ready.
type meter struct {
	bytes float64 // decayed sum
	at    time.Time
}

const meterConstant = 500 * time.Millisecond

// add counts size bytes at now.
func (m *meter) add(now time.Time, size int) {
	m.decay(now)
	m.bytes += float64(size)
}

// bitsPerSecond is the rate at now.
func (m *meter) bitsPerSecond(now time.Time) int {
	m.decay(now)
	return int(m.bytes * 8 / meterConstant.Seconds())
}

func (m *meter) decay(now time.Time) {
	if d := now.Sub(m.at); d > 0 {
		// 1/(1+x) stands for e^-x: near enough between packets, and it never overshoots.
		m.bytes /= 1 + d.Seconds()/meterConstant.Seconds()
		m.at = now
	}
}
