package voice

import "math"

// Constants of the gains: log-spectral amplitude under doubt whether speech is there (Ephraim and Malah
// 1985; Cohen and Berdugo 2001, "Speech enhancement for non-stationary noise environments").
const (
	priorMemory = 0.92   // decision-directed
	leastPrior  = 0.0032 // -25 dB
	mostAbsent  = 0.95
	floorGain   = 0.126 // -18 dB: what is left of noise sounds like the room, not like holes
	// The smoothed prior, as a ratio, below which speech is taken for absent and above which it may be there:
	// -10 and -5 dB.
	absentBelow   = 0.1
	presentAbove  = 0.316
	smoothPrior   = 0.3
	localReach    = 1  // bins to either side
	globalReach   = 10 // the same, 470 Hz
	speechLow     = 4  // bins 190 Hz to 8 kHz: what speech is judged by
	speechHigh    = 170
	certainBeyond = 16 // from here on the log-spectral gain is the Wiener one
)

// priorOf is the a priori ratio of speech to noise: what the frame before had, and a little of what this
// frame's power is over noise.
func priorOf(spoken, over float32) float32 {
	return max(priorMemory*spoken+(1-priorMemory)*max(over-1, 0), leastPrior)
}

// presence is the probability of speech after the power was seen, from the probability of its absence
// before, the prior ratio and v = over * prior / (1+prior).
func presence(absent, prior, v float32) float32 {
	const log2e = 1.442695
	if absent >= 1 {
		return 0
	}
	return 1 / (1 + absent/(1-absent)*(1+prior)*exp2(-min(v, 40)*log2e))
}

// The table of log-spectral gains covers v from 2^tableFrom to certainBeyond, which is 2^4.
const (
	tableFrom  = -12
	tableSteps = 64 // a doubling
	tableSize  = (4 - tableFrom) * tableSteps
)

// spectralGains is E1(v)/2 in powers of two: the binary logarithm of the log-spectral gain over the Wiener
// gain.
var spectralGains = func() (t [tableSize + 1]float32) {
	for i := range t {
		v := math.Exp2(tableFrom + float64(i)/tableSteps)
		t[i] = float32(exponentialIntegral(v) / 2 * math.Log2E)
	}
	return t
}()

// exponentialIntegral is E1 (Abramowitz and Stegun 5.1.11 and 5.1.22).
func exponentialIntegral(x float64) float64 {
	if x > 1 {
		f := 0.0
		for k := 60.0; k >= 1; k-- {
			f = k / (1 + k/(x+f))
		}
		return math.Exp(-x) / (x + f)
	}
	const gamma = 0.57721566490153286
	sum, term := -gamma-math.Log(x), -1.0
	for k := 1.0; k <= 25; k++ {
		term *= -x / k
		sum += term / k
	}
	return sum
}

// spectralGain is the binary logarithm of the gain that leaves the expected log amplitude of speech,
// at most 0.
func spectralGain(prior, v float32) float32 {
	g := log2(prior / (1 + prior))
	if v < certainBeyond {
		at := (log2(v+1.0/(1<<-tableFrom)) - tableFrom) * tableSteps
		g += spectralGains[int(min(max(at, 0), tableSize))]
	}
	return min(g, 0)
}

// likely is how likely speech is where the mean prior is this: a ramp of decibels.
func likely(mean float32) float32 {
	switch {
	case mean <= absentBelow:
		return 0
	case mean >= presentAbove:
		return 1
	}
	const top = 1.66 // log2(presentAbove/absentBelow)
	return min(log2(mean*(1/absentBelow))*(1/top), 1)
}
