package echo

import "math"

const (
	decimation    = 6 // to 8 kHz
	decimated     = block / decimation
	decimatorTaps = 96
)

// decimatorKernel passes what is below 3.6 kHz: a sinc under a Hann window.
var decimatorKernel = makeDecimatorKernel()

func makeDecimatorKernel() *[decimatorTaps]float32 {
	const cutoff = 2 * 3600.0 / sampleRate
	taps := new([decimatorTaps]float32)
	for i := range taps {
		x := float64(i) - (decimatorTaps-1)/2.0
		window := 0.5 + 0.5*math.Cos(2*math.Pi*x/decimatorTaps)
		taps[i] = float32(window * cutoff * sinc(x*cutoff))
	}
	return taps
}

// decimator brings blocks to 8 kHz.
type decimator struct {
	history [decimatorTaps + block]float32
}

// next takes a block and fills out, decimated samples.
//
//go:norace
func (d *decimator) next(x *[block]float32, out []float32) {
	copy(d.history[:decimatorTaps], d.history[block:])
	copy(d.history[decimatorTaps:], x[:])
	for i := range out {
		w := (*[decimatorTaps]float32)(d.history[(i+1)*decimation:])
		var a, b float32
		for k := 0; k < decimatorTaps; k += 2 {
			a += w[k] * decimatorKernel[k]
			b += w[k+1] * decimatorKernel[k+1]
		}
		out[i] = a + b
	}
}
