package echo

import "math"

// bands are how many the spectrum is divided into: two bins each at least, higher ones a fifth of their
// frequency.
const bands = 27

const (
	// What rings on after the filter's end: so much of the estimate of the frame before, and of what rang
	// already.
	ringing, decay = 0.3, 0.7
	// The leak of a band follows the least that the error is above the estimate: down fast, up slowly, and
	// hardly when it is so many times above, which is the near talker.
	leakDown, leakUp, leakNear, leakApart = 0.9, 1.04, 1.001, 8
	leastLeak, mostLeak                   = 1e-4, 2
	// Somebody near talks when the bands lie so many dB above what echo and noise explain, on average ...
	nearNone, nearSure = 6, 9
	// ... and the error is not as far below the echo as the filter brings it alone.
	weakNone, weakSure = -17, -11
	// Bins of speech that are asked for it, from 230 Hz to 6.1 kHz.
	speechLow, speechHigh = 5, 130
)

// residual estimates what of a frame is echo that the filter has left, and whether somebody near talks.
type residual struct {
	edges [bands + 1]int

	power    [frameBins]float32 // of the error
	echo     [frameBins]float32 // power of the echo as estimated, ringing on
	ring     [frameBins]float32
	before   [frameBins]float32 // power of the estimate in the frame before
	noise    [frameBins]float32 // the floor of power
	leak     [bands]float32     // how much of echo is in the error
	presence [bands]float32     // how much of the band is echo rather than noise: 0 to 1
	near     float32            // somebody near talks: 0 to 1
	lid      float32            // a gain: what comes out is no louder than what was heard
}

func newResidual() residual {
	var r residual
	for b, at := 1, 4.0; b < bands; b++ {
		r.edges[b] = int(at)
		at += max(2, at*0.19)
	}
	r.edges[bands] = frameBins
	for b := range r.leak {
		r.leak[b] = 1
	}
	for k := range r.noise {
		r.noise[k] = 1e-4
	}
	return r
}

// rest measures the noise alone, while there is no echo.
//
//go:norace
func (r *residual) rest(e *frameSpectrum) {
	for k := range r.power {
		r.floor(k, e.re[k]*e.re[k]+e.im[k]*e.im[k])
	}
	r.near = 1
}

// floor follows the noise of a bin: down fast, up by 2 dB a second.
//
//go:norace
func (r *residual) floor(k int, p float32) {
	r.power[k] = p
	if p < r.noise[k] {
		r.noise[k] += 0.1*(p-r.noise[k]) + 1e-15
	} else {
		r.noise[k] *= 1.005
	}
}

// measure takes a frame. shut says that all of it counts as echo.
//
//go:norace
func (r *residual) measure(e, echo *frameSpectrum, shut bool) {
	var heard, left float32
	for k := range r.power {
		er, ei, yr, yi := e.re[k], e.im[k], echo.re[k], echo.im[k]
		p, y := er*er+ei*ei, yr*yr+yi*yi
		r.floor(k, p)
		left += p
		heard += p + y + 2*(er*yr+ei*yi) // |e+y|^2: what the microphone hears
		r.ring[k] = decay*(r.ring[k]+ringing*r.before[k]) + 1e-15
		r.before[k] = y
		r.echo[k] = y + r.ring[k]
	}
	r.lid = 1
	if left > heard {
		r.lid = float32(math.Sqrt(float64((max(heard, 0) + 1e-12) / (left + 1e-12))))
	}
	near := r.compare()
	if shut {
		near, r.near = 0, 0
		for b := range r.presence {
			r.presence[b] = 1
		}
	}
	if near > r.near {
		r.near += 0.8 * (near - r.near)
	} else {
		r.near += 0.15 * (near - r.near)
	}
}

// compare sets leak and presence of each band. It returns whether somebody near talks by this frame alone,
// 0 to 1.
func (r *residual) compare() (near float32) {
	var above, counted, error, echo float32
	for b := range bands {
		low, high := r.edges[b], r.edges[b+1]
		p, v, n := sum(r.power[low:high]), sum(r.echo[low:high]), sum(r.noise[low:high])
		if v*r.leak[b] > n || v > 30*n {
			r.leak[b] = follow(r.leak[b], p/(v+1e-12))
		}
		left := r.leak[b] * v
		r.presence[b] = left / (left + n + 1e-15)
		if low >= speechLow && low < speechHigh {
			above += min(max(decibels(p/(left+1.5*n+1e-15)+1e-3), -4), 15)
			counted++
			error += p
			echo += v
		}
	}
	near = ramp(above/counted, nearNone, nearSure)
	return near * ramp(decibels(error/(echo+1e-9)+1e-9), weakNone, weakSure)
}

// follow moves a leak towards the lower quantile of the ratios.
func follow(leak, ratio float32) float32 {
	switch {
	case ratio < leak:
		leak *= leakDown
	case ratio < leakApart*leak:
		leak *= leakUp
	default:
		leak *= leakNear
	}
	return min(max(leak, leastLeak), mostLeak)
}

//go:norace
func sum(x []float32) (s float32) {
	for _, v := range x {
		s += v
	}
	return s
}

func decibels(ratio float32) float32 { return 10 * float32(math.Log10(float64(ratio))) }

// ramp is 0 below low, 1 above high, and rises between them.
func ramp(v, low, high float32) float32 { return min(max((v-low)/(high-low), 0), 1) }
