package resample

import "math"

const (
	crossings = 32    // input samples at each side of an output sample, when the rate rises
	beta      = 9.6   // of the Kaiser window: 95 dB of stop band
	rolloff   = 0.905 // middle of the transition, of half the lower rate; it is 0.19 wide
	// maxPhases is how many fractions of a sample have weights of their own. 48 kHz from or to all rates
	// in use needs 640 at most (11025 Hz). Rates with more are looked up in so many phases and
	// interpolated between two, which leaves an error of -110 dB.
	maxPhases = 640
)

// filter is a low-pass filter in all the positions that an output sample can have between two input
// samples.
type filter struct {
	half    int       // input samples at each side of an output sample
	phases  int       // positions
	weights []float32 // 2*half of each position; of the one after the last as well
}

// newFilter makes the filter from one rate to another, which have no common divisor.
func newFilter(from, to int) *filter {
	lower := min(1, float64(to)/float64(from))
	f := &filter{half: int(math.Ceil(crossings / lower)), phases: min(to, maxPhases)}
	f.weights = make([]float32, 0, 2*f.half*(f.phases+1))
	for phase := range f.phases + 1 {
		f.weights = appendWeights(f.weights, f.half, rolloff*lower, float64(phase)/float64(f.phases))
	}
	return f
}

// at are the weights of a position.
func (f *filter) at(phase int) []float32 {
	n := 2 * f.half
	return f.weights[phase*n:][:n]
}

// appendWeights adds the weights of an output sample that lies fraction behind input sample half-1. They
// sum to 1, so that a constant stays what it is.
func appendWeights(weights []float32, half int, cutoff, fraction float64) []float32 {
	exact, sum := make([]float64, 2*half), 0.0
	for i := range exact {
		t := float64(i-half+1) - fraction
		exact[i] = sinc(cutoff*t) * kaiser(t/float64(half))
		sum += exact[i]
	}
	for _, w := range exact {
		weights = append(weights, float32(w/sum))
	}
	return weights
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

// product is the sum of the products of two slices of one length, a multiple of 2. Four sums side by side
// keep the processor's adders busy: one alone takes three times as long.
func product(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for len(a) >= 8 && len(b) >= 8 {
		s0 += a[0]*b[0] + a[4]*b[4]
		s1 += a[1]*b[1] + a[5]*b[5]
		s2 += a[2]*b[2] + a[6]*b[6]
		s3 += a[3]*b[3] + a[7]*b[7]
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + (s2 + s3)
}
