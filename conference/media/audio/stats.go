package audio

import (
	"sync/atomic"

	"confab/conference/media"
)

// PlayoutStats are the figures of one stream since its playout was made. Names and meanings are those
// of inbound-rtp in W3C webrtc-stats.
type PlayoutStats struct {
	PacketsReceived          uint64
	PacketsLost              int64   // numbers that never came, of all streams of this playout
	PacketsDiscarded         uint64  // came, but late, twice, broken, or from another stream
	BytesReceived            uint64  // of payload
	TotalSamplesReceived     uint64  // that left, concealed ones and pauses included
	TotalAudioEnergy         float64 // of what left; see Meter.Energy
	ConcealedSamples         uint64  // made up because a packet was lost or late; pauses do not count
	NACKCount                uint64  // packets asked for again
	InsertedSamples          uint64  // to slow down (insertedSamplesForDeceleration)
	RemovedSamples           uint64  // to speed up (removedSamplesForAcceleration)
	JitterBufferDelay        float64 // seconds from arrival to exit, summed over emitted samples
	JitterBufferEmittedCount uint64  // samples that came in packets and left
}

// figures are written by Push and Pull and read by anybody.
type figures struct {
	received  atomic.Uint64
	bytes     atomic.Uint64
	discarded atomic.Uint64
	total     atomic.Uint64
	concealed atomic.Uint64
	requests  atomic.Uint64
	inserted  atomic.Uint64
	removed   atomic.Uint64
	delay     atomic.Int64 // samples, summed over samples
	samples   atomic.Uint64
	lost      atomic.Int64

	// Owned by Pull: the numbers of the present stream.
	lostBefore     int64
	first, highest int64
	came           int64
}

// expectFrom begins a stream.
func (f *figures) expectFrom(number int64) {
	f.first, f.highest, f.came = number, number-1, 0
}

// settleLost ends a stream.
func (f *figures) settleLost() {
	f.lostBefore = f.lost.Load()
	f.first, f.highest, f.came = 0, -1, 0
}

// arrived counts a number that came for the first time.
func (f *figures) arrived(number int64) {
	f.first, f.highest = min(f.first, number), max(f.highest, number)
	f.came++
	f.lost.Store(f.lostBefore + f.highest - f.first + 1 - f.came)
}

// emitted counts n samples of a packet, the delay in samples being that of their mean.
func (f *figures) emitted(n int, delay int64) {
	f.delay.Add(int64(n) * max(delay, 0))
	f.samples.Add(uint64(n))
}

// Stats are the figures up to now. Safe from any goroutine.
func (p *Playout) Stats() PlayoutStats {
	f := &p.figures
	return PlayoutStats{
		PacketsReceived:          f.received.Load(),
		PacketsLost:              f.lost.Load(),
		PacketsDiscarded:         f.discarded.Load(),
		BytesReceived:            f.bytes.Load(),
		TotalSamplesReceived:     f.total.Load(),
		TotalAudioEnergy:         p.meter.Energy(),
		ConcealedSamples:         f.concealed.Load(),
		NACKCount:                f.requests.Load(),
		InsertedSamples:          f.inserted.Load(),
		RemovedSamples:           f.removed.Load(),
		JitterBufferDelay:        float64(f.delay.Load()) / media.SampleRate,
		JitterBufferEmittedCount: f.samples.Load(),
	}
}
