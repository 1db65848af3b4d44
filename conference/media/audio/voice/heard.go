package voice

// heard is what the suppressor tells the detector of its last frame.
type heard struct {
	over     float32 // decibels of power over noise, each bin from 0 to mostHeard, mean of 190 Hz to 8 kHz
	presence float32 // of speech, mean of the same bins
	output   float32 // decibels of the output over the noise estimate
	low      float32 // share of the output below 3 kHz
	residual float32 // power of a sample that is left of the noise
}

const (
	mostHeard     = 25   // decibels that a bin may count for
	leastOutput   = -25  // decibels
	leastResidual = 1e-9 // -90 dB
	// The output is judged by bins of 94 Hz to 14 kHz; lowEnd is 3 kHz.
	outputLow, lowEnd, outputHigh = 2, 64, 300
	// perSample is the power of a sample whose bins have a power of 1 in sum: the sum goes over half of
	// the transform, the window halves the frame's energy.
	perSample = 1.0 / (TransformLength / 2 * FrameLength / 2)
	// The residual wavers around its mean.
	residualMargin = 4
)

// nothing is heard of digital silence.
var nothing = heard{output: leastOutput, residual: leastResidual}

// describe sums the frame up: as if the suppressor were on, but for what is left of the noise.
func (s *Suppressor) describe() heard {
	var h heard
	for k := speechLow; k < speechHigh; k++ {
		h.over += min(max(decibelsPerDoubling*log2(s.noise.over[k]+tiny), 0), mostHeard)
		h.presence += s.presence[k]
	}
	h.over /= speechHigh - speechLow
	h.presence /= speechHigh - speechLow
	noise, output := float32(0), float32(0)
	for k := outputLow; k < outputHigh; k++ {
		noise += s.noise.power[k]
		output += s.gain[k] * s.gain[k] * s.power[k]
		if k == lowEnd-1 {
			h.low = output
		}
	}
	h.low /= output + tiny*tiny
	h.output = max(decibelsPerDoubling*log2(output/noise+tiny), leastOutput)
	left := float32(floorGain * floorGain)
	if s.off {
		left = 1
	}
	h.residual = residualMargin*perSample*left*noise + leastResidual
	return h
}
