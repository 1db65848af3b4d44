package voice

import "math"

// silence is the level of digital silence (RFC 6464 section 3).
const silence = 127

// Level is the audio level of RFC 6464 section 3 of some samples, in -dBov: 0 for a square wave at full
// scale, 127 for silence or less.
func Level(x []float32) uint8 {
	level := -10 * math.Log10(float64(powerOf(x)))
	if !(level < silence) { // also infinity and no number
		return silence
	}
	return uint8(max(math.Round(level), 0))
}

// Peak is the greatest amplitude of some samples.
func Peak(x []float32) float32 {
	peak := float32(0)
	for _, v := range x {
		peak = max(peak, abs(v))
	}
	return peak
}
