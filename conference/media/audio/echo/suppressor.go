package echo

import (
	"math"

	"confab/conference/media/audio/fourier"
)

const (
	frame      = 2 * block // samples of a frame of the suppressor, which begins each block
	frameFFT   = 1024
	frameBins  = frameFFT/2 + 1
	frameWidth = float64(sampleRate) / frameFFT // Hz a bin
)

// frameSpectrum is the transform of a frame.
type frameSpectrum struct{ re, im [frameBins]float32 }

// suppressor takes out of a frame what the filter has left of the echo. It delays by a block.
type suppressor struct {
	transform *fourier.Transform
	window    [frame]float32 // root of a Hann window, before and after

	errorPast, echoPast [frame]float32 // the last two blocks
	tail                [block]float32 // of the frame before
	scratch             [frameFFT]float32
	error, echo         frameSpectrum

	residual residual
	gain     [frameBins]float32
	cleaned  [frameBins]float32 // power of the frame before, after its gain
	random   uint32
}

func newSuppressor() *suppressor {
	s := &suppressor{transform: fourier.New(frameFFT), residual: newResidual(), random: 1}
	for i := range s.window {
		s.window[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / frame))
	}
	return s
}

// analyze takes the next block of the error and of the echo's estimate.
func (s *suppressor) analyze(err, echo []float32) {
	s.transformFrame(&s.errorPast, err, &s.error)
	s.transformFrame(&s.echoPast, echo, &s.echo)
}

//go:norace
func (s *suppressor) transformFrame(past *[frame]float32, x []float32, to *frameSpectrum) {
	copy(past[:block], past[block:])
	copy(past[block:], x)
	for i, v := range past {
		s.scratch[i] = v * s.window[i]
	}
	clear(s.scratch[frame:])
	s.transform.Forward(s.scratch[:], to.re[:], to.im[:])
}

// slip says by how much the echo lags its estimate, in seconds times the weight, and how much of the band
// from 300 Hz to 4 kHz the estimate explains, 0 to 1: the weight. Each bin counts by the square of its
// frequency, as it knows the time so much better.
//
//go:norace
func (s *suppressor) slip() (slip, weight float64) {
	const low, high = 300 * frameFFT / sampleRate, 4000 * frameFFT / sampleRate
	var lag, known, all float32
	for k := low; k < high; k++ {
		er, ei, yr, yi := s.error.re[k], s.error.im[k], s.echo.re[k], s.echo.im[k]
		y := yr*yr + yi*yi
		f := float32(k)
		w := f / (y + er*er + ei*ei + 1e-6)
		lag -= w * (yr*ei - yi*er)
		known += f * w * (y + yr*er + yi*ei)
		all += f * f
	}
	return float64(lag/all) / (2 * math.Pi * frameWidth), float64(known / all)
}

// pass gives the frame as it is, after shape: for a microphone that hears no echo.
func (s *suppressor) pass(out []float32, shape func(re, im []float32)) {
	s.residual.rest(&s.error)
	s.synthesize(out, shape, false)
}

// suppress gives the frame without what is left of the echo. shut presses all that may be the far talker.
//
//go:norace
func (s *suppressor) suppress(out []float32, shut bool, shape func(re, im []float32)) {
	s.residual.measure(&s.error, &s.echo, shut)
	s.weigh()
	lid := s.residual.lid
	for k, g := range s.gain {
		g *= lid
		s.gain[k] = g
		s.error.re[k] *= g
		s.error.im[k] *= g
	}
	s.synthesize(out, shape, true)
}

const (
	// floorGain is the least gain of a bin by itself, -30 dB.
	floorGain = 0.03
	// steadiness is how much of the frame before counts for the gain: less sounds like water.
	steadiness = 0.8
	// The residual echo counts so many times: while somebody near talks, and while nobody does.
	nearWeight, farWeight = 1.2, 6.0
	// farGain is the gain of the far talker alone on top of that, -23 dB.
	farGain = 0.07
)

// weigh sets the gains: Wiener's, by the decision-directed way (Ephraim and Malah 1984).
//
//go:norace
func (s *suppressor) weigh() {
	r := &s.residual
	weight := farWeight + r.near*(nearWeight-farWeight)
	for b := range bands {
		alone := float32(math.Pow(farGain, float64((1-r.near)*r.presence[b])))
		for k := r.edges[b]; k < r.edges[b+1]; k++ {
			echo := weight*r.leak[b]*r.echo[k] + 1e-10
			posterior := max(r.power[k]/echo-1, 0)
			prior := steadiness*s.cleaned[k]/echo + (1-steadiness)*posterior
			g := max(prior/(1+prior), floorGain)
			s.cleaned[k] = g * g * r.power[k]
			s.gain[k] = g * alone
		}
	}
}

// synthesize makes sound of the error's spectrum.
//
//go:norace
func (s *suppressor) synthesize(out []float32, shape func(re, im []float32), comfort bool) {
	if shape != nil {
		shape(s.error.re[:], s.error.im[:])
	}
	if comfort {
		s.comfort()
	}
	s.transform.Inverse(s.error.re[:], s.error.im[:], s.scratch[:])
	for i := range out {
		out[i] = s.tail[i] + s.scratch[i]*s.window[i]
		s.tail[i] = s.scratch[block+i] * s.window[block+i]
	}
}

// comfort fills the noise in that the gains have taken away, so that the line does not sound dead.
//
//go:norace
func (s *suppressor) comfort() {
	const uniform = 1.5 // mean square of two uniform numbers from -1 to 1 is 2/3
	for k, g := range s.gain {
		if g > 0.95 {
			continue
		}
		a := float32(math.Sqrt(float64(s.residual.noise[k] * (1 - g*g) * uniform)))
		s.error.re[k] += a * s.uniform()
		s.error.im[k] += a * s.uniform()
	}
}

// uniform is a random number from -1 to 1 (xorshift, Marsaglia 2003).
//
//go:norace
func (s *suppressor) uniform() float32 {
	s.random ^= s.random << 13
	s.random ^= s.random >> 17
	s.random ^= s.random << 5
	return float32(int32(s.random)) / (1 << 31)
}
