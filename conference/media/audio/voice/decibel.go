package voice

import "math"

const (
	decibelsPerDoubling = 3.0103 // of power
	// tiny keeps logarithms of digital silence finite: -100 dB.
	tiny = 1e-10
)

// log2 is the binary logarithm of a positive normal number within 0.0009, which is 0.003 dB of a power.
func log2(x float32) float32 {
	b := math.Float32bits(x)
	m := math.Float32frombits(b&(1<<23-1)|127<<23) - 1
	return float32(int32(b>>23)-127) + (0.00082546 + m*(1.4156532+m*(-0.568704+m*0.15270028)))
}

// exp2 is two to the power of x within 0.02 %. Below 2^-126 and above 2^127 it gives these.
func exp2(x float32) float32 {
	x = min(max(x, -126), 127) + 127
	whole := int32(x)
	f := x - float32(whole)
	return math.Float32frombits(uint32(whole)<<23) * (1 + f*(0.6957+f*(0.2254+f*0.0789)))
}

// powerOf is the mean power of the samples: 1 for a square wave at full scale.
func powerOf(x []float32) float32 {
	sum := float32(0)
	for _, v := range x {
		sum += v * v
	}
	return sum / float32(max(len(x), 1))
}

// decibels of a power.
func decibels(power float32) float32 { return decibelsPerDoubling * log2(power+tiny) }

// amplitude is the factor of a gain in decibels.
func amplitude(decibels float32) float32 { return exp2(decibels / (2 * decibelsPerDoubling)) }

// ramp rises from 0 at low to 1 at high.
func ramp(x, low, high float32) float32 { return min(max((x-low)/(high-low), 0), 1) }

// abs clears the sign.
func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
