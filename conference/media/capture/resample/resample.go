// Package resample changes the rate of sound by windowed-sinc interpolation.
//
// An output sample is the sum of some 32 input samples (more when the rate falls), weighted by a sinc
// under a Kaiser window. The weights are looked up in 512 phases and interpolated between two, which
// leaves an error of -100 dB. The position is counted in whole numbers, so nothing drifts.
package resample

import "math"

const (
	phases    = 512
	crossings = 16   // zero crossings of the sinc at each side
	beta      = 9    // of the Kaiser window: 90 dB of stop band
	rolloff   = 0.92 // of half the lower rate is passed
)

// Resampler turns sound of one rate into sound of another. It is used by one goroutine at a time.
type Resampler struct {
	from, to int64                 // samples per second
	read     func([]float32) error // fills its argument with the next input
	half     int                   // input samples at each side of an output sample
	weights  [phases + 1][]float32 // 2*half each
	history  []float32             // input that the next output samples depend on
	have     int                   // samples of history that are filled
	rest     int64                 // how far the output is behind history[half-1], in 1/to of a sample
}

// block is how much input is asked for at a time.
const block = 256

// New makes a resampler whose input comes from read, which fills all of its argument or fails.
func New(from, to int, read func([]float32) error) *Resampler {
	cutoff := rolloff * min(1, float64(to)/float64(from))
	half := int(math.Ceil(crossings / min(1, float64(to)/float64(from))))
	r := &Resampler{from: int64(from), to: int64(to), read: read, half: half}
	for phase := range r.weights {
		r.weights[phase] = weights(half, cutoff, float64(phase)/phases)
	}
	r.history = make([]float32, 2*half+block)
	r.Reset()
	return r
}

// Reset forgets the input so far, as if silence had preceded what comes next.
func (r *Resampler) Reset() {
	clear(r.history)
	r.have = r.half - 1 // silence before the first sample
	r.rest = 0
}

// weights are those of one phase: an output sample that lies fraction behind input sample half-1. They
// sum to 1.
func weights(half int, cutoff, fraction float64) []float32 {
	w := make([]float64, 2*half)
	sum := 0.0
	for i := range w {
		t := float64(i-half+1) - fraction
		w[i] = sinc(cutoff*t) * kaiser(t/float64(half))
		sum += w[i]
	}
	out := make([]float32, len(w))
	for i := range w {
		out[i] = float32(w[i] / sum)
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the Kaiser window at x from -1 to 1.
func kaiser(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(beta*math.Sqrt(1-x*x)) / bessel(beta)
}

// bessel is the modified Bessel function of order 0, as its power series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

// Read fills dst with output. An error is that of the input.
func (r *Resampler) Read(dst []float32) error {
	start := 0 // in history, of the window of the output sample
	for i := range dst {
		for start+2*r.half > r.have {
			copy(r.history, r.history[start:r.have])
			r.have -= start
			start = 0
			n := min(block, len(r.history)-r.have)
			if err := r.read(r.history[r.have : r.have+n]); err != nil {
				return err
			}
			r.have += n
		}
		dst[i] = r.at(r.history[start:][:2*r.half])
		r.rest += r.from
		start += int(r.rest / r.to)
		r.rest %= r.to
	}
	copy(r.history, r.history[start:r.have])
	r.have -= start
	return nil
}

// at is the output sample at the current fraction behind the middle of window.
func (r *Resampler) at(window []float32) float32 {
	p := float64(r.rest) / float64(r.to) * phases
	phase := int(p)
	a, b := r.weights[phase][:len(window)], r.weights[phase+1][:len(window)]
	var sumA, sumB float32
	for i, v := range window {
		sumA += v * a[i]
		sumB += v * b[i]
	}
	return sumA + (sumB-sumA)*float32(p-float64(phase))
}
