package audio

import "sync/atomic"

// pcmLength is what fits into a ring of samples: 341 ms.
const pcmLength = 16384

// pcm is a ring of samples between a device's callback, on a thread of the sound system, and one
// goroutine of ours. There is one writer and one reader; neither locks, waits or allocates.
type pcm struct {
	samples [pcmLength]int16
	written atomic.Uint64 // samples ever; only the writer stores it
	taken   atomic.Uint64 // samples ever; only the reader stores it
	missed  atomic.Uint64 // reads that found too little
	lacking atomic.Uint64 // samples that they did not find
}

// ready is how many samples wait for the reader.
func (r *pcm) ready() int { return int(r.written.Load() - r.taken.Load()) }

// write copies x; what does not fit is lost.
func (r *pcm) write(x []int16) {
	written := r.written.Load()
	x = x[:min(len(x), pcmLength-int(written-r.taken.Load()))]
	n := copy(r.samples[written%pcmLength:], x)
	copy(r.samples[:], x[n:])
	r.written.Store(written + uint64(len(x)))
}

// read fills x, with silence where nothing is ready.
func (r *pcm) read(x []int16) {
	taken := r.taken.Load()
	ready := min(len(x), int(r.written.Load()-taken))
	n := copy(x[:ready], r.samples[taken%pcmLength:])
	copy(x[n:ready], r.samples[:])
	if ready < len(x) {
		clear(x[ready:])
		r.missed.Add(1)
		r.lacking.Add(uint64(len(x) - ready))
	}
	r.taken.Store(taken + uint64(ready))
}

// skip lets the reader leave n samples out; so many are ready.
func (r *pcm) skip(n int) { r.taken.Add(uint64(n)) }
