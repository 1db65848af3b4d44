package voice_test

import (
	"math"

	"confab/conference/media/audio/voice"
)

// record is what the whole chain made of a sound.
type record struct {
	out      []float64 // chainDelay late
	gains    []float64 // dB, by blocks
	blocks   []block
	spokenAt float64 // seconds when the hint came that a muted one speaks; -1: never
	deadAt   float64 // the same, that the microphone gives nothing
}

// recorded takes x through the chain, with the microphone muted for the hints' sake.
func recorded(x []float64) *record {
	c := newChain()
	r := &record{spokenAt: -1, deadAt: -1}
	r.out = through(x, func(at int, block []float32) {
		r.blocks = append(r.blocks, c.process(block, true))
		r.gains = append(r.gains, float64(c.gain.Decibels()))
		now := float64(at+1) * blockLength / rate
		if c.hints.MutedSpeaking() && r.spokenAt < 0 {
			r.spokenAt = now
		}
		if c.hints.NoSound() && r.deadAt < 0 {
			r.deadAt = now
		}
	})
	return r
}

// loudnesses are the levels of each second of speech in what came out, with their times in seconds. Active
// is what lies within 30 dB of the talker's peak of three seconds around.
func loudnesses(clean, out []float64) (levels, times []float64) {
	const around, second = 150, 100 // blocks
	said, got := blockPowers(clean), blockPowers(out[chainDelay:])
	sum, n := 0.0, 0
	for i := range got {
		top := maximum(said[max(i-around, 0):min(i+around, len(said))])
		if said[i] < 1e-3*top || said[i] < 1e-8 {
			continue
		}
		sum += got[i]
		if n++; n == second {
			levels, times = append(levels, inDecibels(sum/second)), append(times, float64(i)*blockLength/rate)
			sum, n = 0, 0
		}
	}
	return levels, times
}

// truePeak is the greatest amplitude of x, 8 times oversampled, in dBFS.
func truePeak(x []float64) float64 {
	const reach, phases = 16, 8
	peak := 0.0
	for i := reach; i < len(x)-reach; i++ {
		v := math.Abs(x[i])
		peak = max(peak, v)
		if v < 0.5 {
			continue
		}
		for phase := 1; phase < phases; phase++ {
			t, sum := float64(phase)/phases, 0.0
			for k := 1 - reach; k < reach; k++ {
				d := t - float64(k)
				sum += x[i+k] * math.Sin(math.Pi*d) / (math.Pi * d) * (0.5 + 0.5*math.Cos(math.Pi*d/reach))
			}
			peak = max(peak, math.Abs(sum))
		}
	}
	return inDecibels(peak * peak)
}

// mostPeak is the true peak that may leave the chain, in dBFS.
var mostPeak = 20 * math.Log10(voice.Ceiling)
