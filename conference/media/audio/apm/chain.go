package apm

import (
	"confab/conference/media"
	"confab/conference/media/audio/echo"
	"confab/conference/media/audio/voice"
)

const (
	// fadeIn is over how many samples sound begins after a pause: 2.5 ms. It ends over a whole block.
	fadeIn = media.FrameSamples / 4
	// silence is the level of nothing (RFC 6464 section 3).
	silence = 127
)

// chain is the stages in their order.
type chain struct {
	stages     Stages
	canceller  *echo.Canceller
	suppressor *voice.Suppressor
	detector   *voice.Detector
	gate       *voice.Gate
	gain       *voice.Gain
	limiter    *voice.Limiter
	hints      voice.Hints

	shape func(re, im []float32) // the suppressor's
	block [media.FrameSamples]float32
	sent  bool // the block before was
	cut   cut
}

func newChain(s Stages) chain {
	c := chain{
		canceller: echo.New(echo.Options{}), suppressor: voice.NewSuppressor(), detector: voice.NewDetector(),
		gate: voice.NewGate(), gain: voice.NewGain(), limiter: voice.NewLimiter(),
	}
	c.shape = c.suppressor.Shape
	c.use(s)
	return c
}

// set takes other stages over.
func (c *chain) set(s Stages) {
	if s == c.stages {
		return
	}
	if s.EchoOff != c.stages.EchoOff {
		c.cut = fading
	}
	c.use(s)
}

func (c *chain) use(s Stages) {
	c.stages = s
	c.suppressor.SetActive(!s.NoiseOff)
	c.gain.SetActive(!s.VolumeOff)
}

// next processes a block.
func (c *chain) next(samples *[media.FrameSamples]int16, muted bool) Result {
	x := c.block[:]
	toFloat(x, samples[:])
	peak := voice.Peak(x)
	c.clean(x)
	verdict := c.detector.Judge(c.suppressor, x)
	c.hints.Step(peak, verdict, muted)
	open := c.gate.Open(x, verdict) || c.stages.NoiseOff
	c.gain.Process(x, verdict)
	c.limiter.Process(x)
	r := Result{
		Open: c.pass(x, open), Level: silence,
		MutedSpeaking: c.hints.MutedSpeaking(), NoSound: c.hints.NoSound(),
	}
	if r.Open {
		r.Voice, r.Level = verdict.Sure, voice.Level(x)
	}
	toInt(samples[:], x)
	return r
}

// clean takes echo and noise out of a block. The frames of canceller and suppressor know nothing of each
// other's past: between them the sound fades out and in again.
func (c *chain) clean(x []float32) {
	if cancel := c.stages.EchoOff == (c.cut == fading); cancel {
		c.canceller.Process(x, x, c.shape)
	} else {
		c.suppressor.Process(x, x)
	}
	c.cut = c.cut.apply(x)
}

// pass lets a block through, or makes it zeros, without steps at the seams. It tells whether the block
// is to be sent: the first one that is shut takes the end of the last word along.
func (c *chain) pass(x []float32, open bool) (sent bool) {
	before := c.sent
	c.sent = open
	switch {
	case open && !before:
		ramp(x[:fadeIn], 0, 1)
	case !open && before:
		ramp(x, 1, 0)
	case !open:
		clear(x)
	}
	return open || before
}

// cut is how far the change from one frame to the other is.
type cut uint8

const (
	whole  cut = iota
	fading     // the last block of the old frame
	blank      // the first of the new one, which lacks its first half
	rising
)

// apply is what it does to a block; it gives what the next one gets.
func (c cut) apply(x []float32) cut {
	switch c {
	case fading:
		ramp(x, 1, 0)
		return blank
	case blank:
		clear(x)
		return rising
	case rising:
		ramp(x, 0, 1)
	}
	return whole
}

// ramp multiplies x by what goes evenly from one factor to another.
func ramp(x []float32, from, to float32) {
	step := (to - from) / float32(len(x))
	for i := range x {
		x[i] *= from
		from += step
	}
}
