package audio

import "sync/atomic"

// pcm is a ring of samples between a device's callback, on a thread of the sound system, and one
// goroutine of ours. There is one writer and one reader; neither locks, waits or allocates.
type pcm struct {
	samples []int16       // a power of two
	written atomic.Uint64 // samples ever; only the writer stores it
	taken   atomic.Uint64 // samples ever; only the reader stores it
	missed  atomic.Uint64 // reads that found too little, after the first write
	lacking atomic.Uint64 // samples that reads did not find
}

// newPCM makes a ring for so many samples at least.
func newPCM(least int) *pcm {
	n := 1024
	for n < least {
		n *= 2
	}
	return &pcm{samples: make([]int16, n)}
}

// ready is how many samples wait for the reader.
func (r *pcm) ready() int { return int(r.written.Load() - r.taken.Load()) }

// write copies x; what does not fit is lost.
func (r *pcm) write(x []int16) {
	written := r.written.Load()
	x = x[:min(len(x), len(r.samples)-int(written-r.taken.Load()))]
	n := copy(r.samples[written&uint64(len(r.samples)-1):], x)
	copy(r.samples, x[n:])
	r.written.Store(written + uint64(len(x)))
}

// read fills x, with silence where nothing is ready, and says how much was.
func (r *pcm) read(x []int16) (ready int) {
	taken, written := r.taken.Load(), r.written.Load()
	ready = min(len(x), int(written-taken))
	n := copy(x[:ready], r.samples[taken&uint64(len(r.samples)-1):])
	copy(x[n:ready], r.samples)
	if ready < len(x) {
		clear(x[ready:])
		r.lacking.Add(uint64(len(x) - ready))
		if written > 0 {
			r.missed.Add(1)
		}
	}
	r.taken.Store(taken + uint64(ready))
	return ready
}

// skip lets the reader leave n samples out; so many are ready.
func (r *pcm) skip(n int) { r.taken.Add(uint64(n)) }
