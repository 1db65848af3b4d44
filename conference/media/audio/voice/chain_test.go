package voice_test

import "confab/conference/media/audio/voice"

// chain is all stages in their order.
type chain struct {
	suppressor *voice.Suppressor
	detector   *voice.Detector
	gate       *voice.Gate
	gain       *voice.Gain
	limiter    *voice.Limiter
	ring       voice.Ring
	hints      voice.Hints
}

// chainDelay is how much later sound leaves the chain, in samples; suppressorDelay how much that is of
// the suppressor.
const (
	suppressorDelay = voice.BlockLength
	chainDelay      = suppressorDelay + voice.LimiterDelay
)

func newChain() *chain {
	return &chain{
		suppressor: voice.NewSuppressor(), detector: voice.NewDetector(), gate: voice.NewGate(),
		gain: voice.NewGain(), limiter: voice.NewLimiter(),
	}
}

// block is what the chain said of one block.
type block struct {
	voice.Verdict
	open  bool
	level uint8
}

// process takes a block through all stages in place.
func (c *chain) process(x []float32, muted bool) block {
	peak := voice.Peak(x)
	c.suppressor.Process(x, x)
	b := block{Verdict: c.detector.Judge(c.suppressor, x)}
	c.hints.Step(peak, b.Verdict, muted)
	b.open = c.gate.Open(x, b.Verdict)
	c.gain.Process(x, b.Verdict)
	c.limiter.Process(x)
	b.level = voice.Level(x)
	return b
}
