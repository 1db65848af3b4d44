package voice

import "math"

// Verdict is what the detector says of a block.
type Verdict struct {
	Probability float32 // that it is speech, 0 to 1
	// Sure is when it is probable and voiced of late: then its loudness may be measured, and others be told
	// that somebody speaks. Unvoiced sounds at a word's ends are not sure.
	Sure bool
}

// Detector tells speech from noise: a logistic regression over what the suppressor heard and over how
// voiced its output is. It hears music as speech.
type Detector struct {
	voicedness voicedness
	over       float32 // smoothed
	voiced     float32
	output     float32
}

// Smoothing of the features, share of the new block, and when a verdict is sure.
const (
	smoothOver   = 0.2
	smoothVoiced = 0.2
	smoothOutput = 0.1

	sureProbability = 0.7
	sureVoiced      = 0.35
)

// NewDetector makes one that has heard nothing.
func NewDetector() *Detector { return &Detector{voicedness: newVoicedness(), output: leastOutput} }

// weights were fitted to five talkers in seven noises at 0 to 20 dB; the tests use others.
type weights struct {
	over, presence, voiced, output              float32
	smoothOver, smoothVoiced, smoothOutput      float32
	low, voicedTimesOver, smoothVoicedTimesOver float32
	constant                                    float32
}

var fitted = weights{
	over: -0.085, presence: -3.06, voiced: -3.66, output: 0.087,
	smoothOver: -0.090, smoothVoiced: 12.45, smoothOutput: 0.149,
	low: -1.11, voicedTimesOver: 0.665, smoothVoicedTimesOver: -0.285,
	constant: 2.03,
}

// Judge takes the block that the suppressor gave last, or that was made of the spectrum it shaped last.
// Call it once for each block.
func (d *Detector) Judge(s *Suppressor, block []float32) Verdict {
	h, w := &s.heard, &fitted
	voiced := d.voicedness.next(block, h.residual)
	d.over += smoothOver * (h.over - d.over)
	d.voiced += smoothVoiced * (voiced - d.voiced)
	d.output += smoothOutput * (h.output - d.output)
	z := w.constant +
		w.over*h.over + w.presence*h.presence + w.voiced*voiced + w.output*h.output +
		w.smoothOver*d.over + w.smoothVoiced*d.voiced + w.smoothOutput*d.output +
		w.low*h.low + w.voicedTimesOver*voiced*h.over + w.smoothVoicedTimesOver*d.voiced*d.over
	p := float32(1 / (1 + math.Exp(-float64(z))))
	return Verdict{Probability: p, Sure: p > sureProbability && d.voiced > sureVoiced}
}
