package audio

import (
	"math"
	"sync/atomic"
)

// Level is the loudness of a block of sound: its RMS, from 0 to 1 for a square wave at full scale.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var energy float64
	for _, v := range samples {
		energy += float64(v) * float64(v)
	}
	return min(1, math.Sqrt(energy/float64(len(samples)))/math.MaxInt16)
}

// meterBlocks is over how many blocks a meter holds the greatest level: 100 ms.
const meterBlocks = 10

// Meter shows the loudness of a stream of 10 ms blocks. The zero value is ready. One goroutine adds,
// any may read.
type Meter struct {
	level atomic.Uint64 // bits of a float64

	// Owned by whoever adds.
	levels [meterBlocks]float64
	next   int
}

// Add takes the next 10 ms in.
func (m *Meter) Add(samples []int16) {
	m.levels[m.next] = Level(samples)
	m.next = (m.next + 1) % meterBlocks
	greatest := 0.0
	for _, l := range m.levels {
		greatest = max(greatest, l)
	}
	m.level.Store(math.Float64bits(greatest))
}

// Level is the greatest level of the last 100 ms, 0 to 1.
func (m *Meter) Level() float64 { return math.Float64frombits(m.level.Load()) }
