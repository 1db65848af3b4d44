package echo

import "math"

const (
	kernelHalf   = 16  // samples on either side of what is read
	kernelPhases = 256 // rows a sample; between two of them the kernel is interpolated
)

// kernel is a low pass that reads between samples: a sinc of 32 taps that ends at 22 kHz, under a Kaiser
// window. Row p is for a place p/kernelPhases behind the tap kernelHalf-1.
var kernel = makeKernel()

func makeKernel() *[kernelPhases + 1][2 * kernelHalf]float32 {
	const (
		beta   = 7.0  // of the window: -70 dB beside the pass band
		cutoff = 0.92 // of half the sample rate
	)
	rows := new([kernelPhases + 1][2 * kernelHalf]float32)
	for p := range rows {
		var row [2 * kernelHalf]float64
		sum := 0.0
		for k := range row {
			x := float64(k-kernelHalf+1) - float64(p)/kernelPhases
			row[k] = kaiser(x/kernelHalf, beta) * sinc(x*cutoff)
			sum += row[k]
		}
		for k, v := range row {
			rows[p][k] = float32(v / sum)
		}
	}
	return rows
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window of Kaiser at x, which lies inside from -1 to 1; not normalised.
func kaiser(x, beta float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(beta * math.Sqrt(1-x*x))
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

// reader reads what was played at a rate that is not the loudspeaker's own, so that its samples keep step
// with the microphone's.
type reader struct {
	source *played

	at   float64 // index in source of the next sample
	rate float64 // samples of source a sample that is read

	scratch [2*block + 2*kernelHalf]float32
}

// read fills x, at most a block, and returns how many samples at its end are silent because they lie in
// what is still to be played.
//
//go:norace
func (r *reader) read(x []float32) (lacking int) {
	first := math.Floor(r.at)
	last := math.Floor(r.at + float64(len(x)-1)*r.rate)
	n := int(last-first) + 2*kernelHalf
	w := r.scratch[:n]
	lacking = r.source.copy(int64(first)-kernelHalf+1, w)
	place := r.at - first
	for i := range x {
		k := int(place)
		x[i] = between((*[2 * kernelHalf]float32)(w[k:]), place-float64(k))
		place += r.rate
	}
	r.at += float64(len(x)) * r.rate
	return min(lacking, len(x))
}

// between is the sound at a fraction of a sample behind w[kernelHalf-1].
//
//go:norace
func between(w *[2 * kernelHalf]float32, fraction float64) float32 {
	row := fraction * kernelPhases
	p := min(int(row), kernelPhases-1)
	low, high := &kernel[p], &kernel[p+1]
	var a, b float32
	for k, v := range w {
		a += v * low[k]
		b += v * high[k]
	}
	return a + float32(row-float64(p))*(b-a)
}
