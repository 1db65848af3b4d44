// Package apm makes the sound of a microphone fit to be sent: the stages of package voice behind the echo
// canceller, in one order.
//
//	played ────────┐
//	microphone ─ canceller ─ suppressor ─ detector ─ gate ─ gain ─ limiter ─ level
//	                 └── one spectrum ──┘
//
// Canceller and suppressor work on one frame of 20 ms, whichever of them is switched on, so that a sample
// always leaves 15 ms after it came. What the gate finds not worth sending leaves as zeros.
//
// A [Processor] has no goroutine, and allocates nothing once it is made. Two sound cards with clocks of
// their own drive it, the microphone's by Capture and the loudspeaker's by Render, and neither waits for
// the other.
package apm

import (
	"sync/atomic"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio/echo"
	"confab/conference/media/audio/voice"
)

// Delay is how much later a sample leaves a [Processor] than it came: 15 ms.
const Delay = (voice.BlockLength + voice.LimiterDelay) * time.Second / media.SampleRate

// Stages are what is switched off. The zero value is what a call uses: all on.
type Stages struct {
	EchoOff   bool // what the loudspeaker plays is sent as the microphone hears it
	NoiseOff  bool // noise is sent as it is, and in pauses too
	VolumeOff bool // speech is as loud as the microphone has it
}

// Options say how a microphone is processed.
type Options struct {
	Stages Stages
}

// Result is what is known of a block.
type Result struct {
	Open  bool  // worth sending; else the block is zeros
	Voice bool  // somebody speaks for sure
	Level uint8 // of what is sent, in dB below full scale, 127 for nothing (RFC 6464 section 3)

	MutedSpeaking bool // somebody speaks although muted: see voice.Hints
	NoSound       bool // the microphone gives nothing at all
}

// Processor makes one microphone's sound fit to be sent. Capture is called by one goroutine, Render by
// another one, and Set by any.
type Processor struct {
	stages    atomic.Pointer[Stages]
	chain     chain // owned by Capture
	reference reference
}

// New makes a processor that has heard nothing.
func New(o Options) *Processor {
	p := &Processor{chain: newChain(o.Stages)}
	p.Set(o.Stages)
	return p
}

// Set switches stages on and off, from the next block on.
func (p *Processor) Set(s Stages) { p.stages.Store(&s) }

// Stages are those that were set last.
func (p *Processor) Stages() Stages { return *p.stages.Load() }

// Render takes what the loudspeaker has played since the last call: 48 kHz mono, of any length, borrowed
// for the call. It never waits.
func (p *Processor) Render(samples []int16) {
	if !p.Stages().EchoOff {
		p.reference.pass(samples, p.chain.canceller)
	}
}

// Capture processes a block in place; it is of an instant [Delay] earlier afterwards. muted says that
// nobody is to hear it, which whoever sends sees to; here it is for the hint alone.
func (p *Processor) Capture(f *media.AudioFrame, muted bool) Result {
	p.chain.set(p.Stages())
	if !f.Captured.IsZero() {
		f.Captured = f.Captured.Add(-Delay)
	}
	return p.chain.next(&f.Samples, muted)
}

// reference passes what was played on. Owned by Render.
type reference struct{ block [media.FrameSamples]float32 }

func (r *reference) pass(samples []int16, to *echo.Canceller) {
	for len(samples) > 0 {
		n := toFloat(r.block[:], samples)
		to.Render(r.block[:n])
		samples = samples[n:]
	}
}

// toFloat converts as many samples as both have, to -1 to 1.
func toFloat(out []float32, in []int16) int {
	n := min(len(out), len(in))
	for i, v := range in[:n] {
		out[i] = float32(v) * (1.0 / 32768)
	}
	return n
}

// toInt is toFloat's way back; what is beyond full scale is clipped.
func toInt(out []int16, in []float32) {
	for i, v := range in[:len(out)] {
		v *= 32768
		if v < 0 {
			v -= 0.5
		} else {
			v += 0.5
		}
		out[i] = int16(min(max(v, -32768), 32767))
	}
}
