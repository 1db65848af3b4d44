package echo

import (
	"math"
	"sync/atomic"
	"time"
)

// Stats is how a Canceller fares.
type Stats struct {
	// Locked says that the echo has been found.
	Locked bool
	// EchoReturnLossEnhancement is by how much less of the far talker goes out than the microphone hears, in
	// dB, over the last half second in which only he spoke; 0 until he did.
	EchoReturnLossEnhancement float64
	// Delay is from the report of a sound to its echo; 0 while not Locked.
	Delay time.Duration
	// Drift is by how much the loudspeaker's clock is faster than the microphone's, in millionths.
	Drift float64
}

// published is a Stats for other goroutines. Each number is of its own block.
type published struct {
	locked                    atomic.Bool
	enhancement, delay, drift atomic.Uint64 // bits of float64
}

func (p *published) store(s Stats) {
	p.enhancement.Store(math.Float64bits(s.EchoReturnLossEnhancement))
	p.delay.Store(uint64(s.Delay))
	p.drift.Store(math.Float64bits(s.Drift))
	p.locked.Store(s.Locked)
}

func (p *published) load() Stats {
	return Stats{
		Locked:                    p.locked.Load(),
		EchoReturnLossEnhancement: math.Float64frombits(p.enhancement.Load()),
		Delay:                     time.Duration(p.delay.Load()),
		Drift:                     math.Float64frombits(p.drift.Load()),
	}
}

// meter compares what comes out with what the microphone has heard.
type meter struct {
	heard   float32 // power of the block before: what comes out now is of that
	in, out float32 // powers over half a second
}

// watch takes the powers of a block at the microphone and of one that comes out. alone says that nobody
// but the far talker speaks.
func (m *meter) watch(heard, out float32, alone bool) {
	const new = 0.02
	if alone {
		m.in += new * (m.heard - m.in)
		m.out += new * (out - m.out)
	}
	m.heard = heard
}

// enhancement is the ratio in dB.
func (m *meter) enhancement() float64 {
	const least = 1e-12
	if m.in < least {
		return 0
	}
	return 10 * math.Log10(float64(m.in/(m.out+least)))
}
