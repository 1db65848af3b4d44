package echo

import (
	"math"
	"sync/atomic"
)

// playedLength is how many samples of what was played are kept: 1.4 s. The search looks back by 0.5 s,
// the filter by 0.7 s at most.
const playedLength = 1 << 16

// played is what the loudspeaker has played, the newest playedLength samples of it. One goroutine writes
// and another reads; neither waits for the other. Sample i lies at i % playedLength.
type played struct {
	samples [playedLength]atomic.Uint32 // bits of a float32
	written atomic.Int64                // samples ever; only the writer stores it
}

// write appends x.
func (p *played) write(x []float32) {
	at := p.written.Load()
	for _, v := range x {
		p.samples[at%playedLength].Store(math.Float32bits(sound(v)))
		at++
	}
	p.written.Store(at)
}

// head is the index of the sample after the newest.
func (p *played) head() int64 { return p.written.Load() }

// copy fills x with the samples from index from on, with silence where there are none, or none any more.
// It returns how many samples at the end of x are still to come.
//
//go:norace
func (p *played) copy(from int64, x []float32) (lacking int) {
	head := p.head()
	oldest := max(head-playedLength+guardLength, 0)
	for i := range x {
		at := from + int64(i)
		if at < oldest || at >= head {
			x[i] = 0
			continue
		}
		x[i] = math.Float32frombits(p.samples[at%playedLength].Load())
	}
	return int(min(max(from+int64(len(x))-head, 0), int64(len(x))))
}

// guardLength is how much the writer may write while the reader copies its oldest samples.
const guardLength = 4096

// sound is a sample that cannot poison what is learnt: what is no number is silence, and nothing is
// beyond full scale.
func sound(v float32) float32 {
	if v != v {
		return 0
	}
	return min(max(v, -1), 1)
}
