package audio

import (
	"math"
	"sync/atomic"

	"confab/conference/media"
)

// Level is the loudness of a block of sound: its RMS, from 0 to 1 for a square wave at full scale.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var energy [4]int64 // four sums do not wait for each other
	n := len(samples)
	for len(samples) >= 4 {
		a, b, c, d := int64(samples[0]), int64(samples[1]), int64(samples[2]), int64(samples[3])
		energy[0] += a * a
		energy[1] += b * b
		energy[2] += c * c
		energy[3] += d * d
		samples = samples[4:]
	}
	for _, v := range samples {
		energy[0] += int64(v) * int64(v)
	}
	return min(1, math.Sqrt(float64(energy[0]+energy[1]+energy[2]+energy[3])/float64(n))/math.MaxInt16)
}

// meterBlocks is over how many blocks a meter holds the greatest level: 100 ms.
const meterBlocks = 10

// Meter shows the loudness of a stream of 10 ms blocks. The zero value is ready. One goroutine adds,
// any may read.
type Meter struct {
	level, energy atomic.Uint64 // bits of float64s

	// Owned by whoever adds.
	levels [meterBlocks]float64
	next   int
}

// Add takes the next 10 ms in.
func (m *Meter) Add(samples []int16) {
	level := Level(samples)
	m.energy.Store(math.Float64bits(m.Energy() + level*level*float64(len(samples))/media.SampleRate))
	m.levels[m.next] = level
	m.next = (m.next + 1) % meterBlocks
	greatest := 0.0
	for _, l := range m.levels {
		greatest = max(greatest, l)
	}
	m.level.Store(math.Float64bits(greatest))
}

// Level is the greatest level of the last 100 ms, 0 to 1.
func (m *Meter) Level() float64 { return math.Float64frombits(m.level.Load()) }

// Energy is the sum over all that was added of duration, in seconds, times the square of the level:
// totalAudioEnergy of webrtc-stats. Its growth tells of every sound between two looks, however short,
// where the level tells of an instant.
func (m *Meter) Energy() float64 { return math.Float64frombits(m.energy.Load()) }
