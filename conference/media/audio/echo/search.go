package echo

import (
	"math"

	"confab/conference/media/audio/fourier"
)

const (
	searchLength = 4096                       // transform, at 8 kHz
	searchNear   = 1024                       // 128 ms of the microphone are looked for
	searchLags   = searchLength - searchNear  // in 384 ms of what was played
	searchWait   = cushion / decimation       // how long the microphone waits for what is reported late
	searchEvery  = 512                        // 64 ms from one estimate to the next
	searchLow    = 150 * searchLength / 8000  // bins that count, 150 Hz
	searchHigh   = 3500 * searchLength / 8000 // to 3.5 kHz

	// An estimate is trusted when its peak is clear: the echo of speech gives 17 to 38, no echo 9.5 at most.
	clearPeak = 10
)

// search finds how far the echo lies behind what was played: the generalised cross-correlation with phase
// transform (Knapp and Carter 1976), at 8 kHz, averaged over time.
type search struct {
	transform *fourier.Transform
	far, near decimator
	x         [searchLength]float32 // what was played
	d         [searchNear + searchWait]float32
	filled    int // samples since the last estimate

	window               [searchNear]float32
	scratch, correlation [searchLength]float32
	xr, xi, dr, di       [searchLength/2 + 1]float32
	cross, crossImag     [searchLength/2 + 1]float32 // averaged

	keep  float32 // of the average, an estimate
	lag   float64 // what was found: samples at 48 kHz from the timeline's place back to what is heard
	clear bool    // lag can be trusted
}

func newSearch() *search {
	s := &search{transform: fourier.New(searchLength), keep: 0.9}
	for i := range s.window {
		s.window[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/searchNear))
	}
	return s
}

// forget starts the average anew.
func (s *search) forget() {
	clear(s.cross[:])
	clear(s.crossImag[:])
}

// refill reads all that was played before the index at anew, after the timeline has jumped.
func (s *search) refill(source *played, at int64) {
	var x [block]float32
	for b := (searchLength + decimated - 1) / decimated; b > 0; b-- {
		source.copy(at-int64(b*block), x[:])
		s.play(&x)
	}
	s.forget()
}

func (s *search) play(x *[block]float32) {
	copy(s.x[:], s.x[decimated:])
	s.far.next(x, s.x[searchLength-decimated:])
}

// add takes a block of what was played and of what the microphone hears. It reports whether there is a new
// estimate.
func (s *search) add(x, d *[block]float32) bool {
	s.play(x)
	copy(s.d[:], s.d[decimated:])
	s.near.next(d, s.d[len(s.d)-decimated:])
	if s.filled += decimated; s.filled < searchEvery {
		return false
	}
	s.filled -= searchEvery
	const silence, still = 1e-6, 1e-8 // -60 and -80 dBFS
	far, near := power(s.x[:]), power(s.d[:searchNear])
	if far < silence*searchLength || near < still*searchNear {
		return false
	}
	s.correlate(far, near)
	s.findPeak()
	return true
}

// correlate adds the present to the average. Bins 30 dB below the others count less, or the noise in them
// would count as much as speech.
//
//go:norace
func (s *search) correlate(far, near float32) {
	s.transform.Forward(s.x[:], s.xr[:], s.xi[:])
	for i, v := range s.d[:searchNear] {
		s.scratch[searchLags+i] = v * s.window[i] // before it there is silence
	}
	s.transform.Forward(s.scratch[:], s.dr[:], s.di[:])
	farFloor, nearFloor := 1e-3*far, 0.4e-3*near
	for k := searchLow; k < searchHigh; k++ {
		xr, xi, dr, di := s.xr[k], s.xi[k], s.dr[k], s.di[k]
		w := (xr*xr + xi*xi + farFloor) * (dr*dr + di*di + nearFloor)
		w = (1 - s.keep) / float32(math.Sqrt(float64(w)))
		s.cross[k] = s.keep*s.cross[k] + w*(dr*xr+di*xi)
		s.crossImag[k] = s.keep*s.crossImag[k] + w*(di*xr-dr*xi)
	}
}

// findPeak sets lag and clear by the average.
//
//go:norace
func (s *search) findPeak() {
	s.transform.Inverse(s.cross[:], s.crossImag[:], s.correlation[:])
	best, at, sum := float32(0), 1, float32(0)
	for i, v := range s.correlation[:searchLags] {
		sum += v * v
		if v*v > best && i > 0 {
			best, at = v*v, i
		}
	}
	s.clear = best > clearPeak*clearPeak*sum/searchLags
	before, peak, after := magnitude(s.correlation[at-1]), magnitude(s.correlation[at]), magnitude(s.correlation[at+1])
	fraction := 0.0
	if bend := before - 2*peak + after; bend < 0 {
		fraction = (before - after) / (2 * bend) // the top of the parabola
	}
	s.lag = decimation * (float64(at) + fraction - searchWait)
}

func magnitude(v float32) float64 { return math.Abs(float64(v)) }

// power is the sum of the squares of x.
//
//go:norace
func power(x []float32) float32 {
	var a, b float32
	for ; len(x) > 1; x = x[2:] {
		a += x[0] * x[0]
		b += x[1] * x[1]
	}
	if len(x) == 1 {
		a += x[0] * x[0]
	}
	return a + b
}
