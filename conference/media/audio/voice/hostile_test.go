package voice_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"confab/conference/media/audio/voice"
)

func TestTheChainSurvivesWhateverADeviceGives(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	const lowest, highest = math.MinInt16 / 32768.0, math.MaxInt16 / 32768.0
	tests := map[string]func(i int) float64{
		"silence":        func(int) float64 { return 0 },
		"full scale":     func(int) float64 { return highest },
		"lowest":         func(int) float64 { return lowest },
		"DC":             func(int) float64 { return 0.3 },
		"extremes":       func(i int) float64 { return []float64{lowest, highest}[i%2] },
		"square":         func(i int) float64 { return []float64{lowest, highest}[i/240%2] },
		"impulse":        func(i int) float64 { return map[bool]float64{true: highest}[i == 5000] },
		"impulses":       func(i int) float64 { return map[bool]float64{true: lowest}[i%4800 == 0] },
		"one bit":        func(i int) float64 { return float64(i%2) / 32768 },
		"random bits":    func(int) float64 { return float64(int16(random.Uint32())) / 32768 },
		"on and off":     func(i int) float64 { return float64(i/24000%2) * highest * math.Sin(float64(i)*0.02) },
		"loud then zero": func(i int) float64 { return map[bool]float64{true: highest * math.Sin(float64(i)*0.05)}[i < 24000] },
		"denormal":       func(int) float64 { return 1e-40 },
		"far too loud":   func(i int) float64 { return 1e6 * math.Sin(float64(i)*0.03) },
	}
	again := steady(0.8, -40, 1)
	for name, sample := range tests {
		x := make([]float64, rate)
		for i := range x {
			x[i] = sample(i)
		}
		c := newChain()
		out := through(x, func(at int, block []float32) {
			b := c.process(block, at%2 == 0)
			if !(b.Probability >= 0 && b.Probability <= 1) || b.level > 127 {
				t.Fatalf("%s: block %d is %+v", name, at, b)
			}
		})
		for i, v := range out {
			if !(math.Abs(v) <= voice.Ceiling) {
				t.Fatalf("%s: sample %d is %g", name, i, v)
			}
		}
		// What comes after is heard as it is.
		out = through(again, func(_ int, block []float32) { c.process(block, false) })
		if p := inDecibels(power(out[rate/2:])); !(p < -35) {
			t.Errorf("%s: noise of -40 dBFS after it is at %.1f dBFS", name, p)
		}
	}
}

func TestNoStageAllocates(t *testing.T) {
	c, in, x := newChain(), hiss(0.2), make([]float32, voice.BlockLength)
	var main voice.MainSpeaker
	main.Step("a", 20, true)
	i := 0
	got := testing.AllocsPerRun(100, func() {
		copy(x, in)
		b := c.process(x, i%20 < 10)
		c.ring.Step(b.level, b.Sure)
		main.Step("a", b.level, b.Sure)
		if i++; i%voice.DecideSteps == 0 {
			main.Decide()
		}
	})
	if got != 0 {
		t.Errorf("%g allocations a block, want none", got)
	}
}
