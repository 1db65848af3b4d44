package voice_test

import (
	"fmt"
	"math"

	"confab/conference/media/audio/voice"
)

// A microphone's blocks on their way, and what is told of them.
func Example() {
	suppressor, detector, gate := voice.NewSuppressor(), voice.NewDetector(), voice.NewGate()
	gain, limiter := voice.NewGain(), voice.NewLimiter()
	var hints voice.Hints

	block := make([]float32, voice.BlockLength)
	for i := range 500 { // 5 s of a hum
		for k := range block {
			block[k] = 0.01 * float32(math.Sin(2*math.Pi*100*float64(i*len(block)+k)/voice.SampleRate))
		}
		peak := voice.Peak(block)
		suppressor.Process(block, block)
		verdict := detector.Judge(suppressor, block)
		hints.Step(peak, verdict, false)
		open := gate.Open(block, verdict)
		gain.Process(block, verdict)
		limiter.Process(block)
		if i == 499 {
			fmt.Printf("speech: %v, worth sending: %v, level: -%d dBov\n", verdict.Sure, open, voice.Level(block))
		}
	}
	fmt.Println("microphone dead:", hints.NoSound())
	// Output:
	// speech: false, worth sending: false, level: -61 dBov
	// microphone dead: false
}
