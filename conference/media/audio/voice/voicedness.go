package voice

import (
	"math"

	"confab/conference/media/audio/fourier"
)

// How voiced a sound is, is measured at 8 kHz over 40 ms.
const (
	decimation      = 6
	decimatorTaps   = 60
	voicedStep      = BlockLength / decimation
	voicedFrame     = 320
	voicedTransform = 512
	voicedBins      = voicedTransform/2 + 1

	// Periods of 70 to 200 Hz; higher voices show at twice their period.
	shortestPeriod = 40
	longestPeriod  = 114
	// The window lets even a perfect voice fall off over a period: deep voices by 10 dB. Peaks are raised by as
	// much, at most mostRaised times. Raised by the same for all periods, half of a deep voice was not sure,
	// and one block in twelve of typing was.
	voicedScale = 0.9
	mostRaised  = 3
	// residualTimes is how much of the residual's power is taken off a bin.
	residualTimes = 3
	// hannPower is the mean square of a Hann window.
	hannPower = 0.375
	// The first bins hold no voice: 0 to 50 Hz.
	belowVoice = 4
)

// voicedness finds how strongly a sound repeats itself: the peak of the transform of its magnitudes.
// Magnitudes and not powers, or a single resonance would pass for a voice.
type voicedness struct {
	transform *fourier.Transform
	decimator [decimatorTaps]float32
	window    [voicedFrame]float32
	raise     [longestPeriod + 1]float32           // of a peak, by its period
	fast      [decimatorTaps + BlockLength]float32 // at 48 kHz
	slow      [voicedFrame]float32                 // at 8 kHz
	buffer    [voicedTransform]float32
	re, im    [voicedBins]float32
}

func newVoicedness() voicedness {
	v := voicedness{transform: fourier.New(voicedTransform)}
	const (
		middle = (decimatorTaps - 1) / 2.0
		edge   = 0.85 / decimation // of half the rate: 3.4 kHz
	)
	sum := 0.0
	var taps [decimatorTaps]float64
	for i := range taps {
		at := float64(i) - middle
		taps[i] = math.Sin(math.Pi*at*edge) / at * (1 + math.Cos(math.Pi*at/(middle+0.5)))
		sum += taps[i]
	}
	for i, tap := range taps {
		v.decimator[i] = float32(tap / sum)
	}
	for i := range v.window {
		v.window[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/voicedFrame))
	}
	for period := range v.raise {
		fall := math.Pow(math.Cos(math.Pi*float64(period)/voicedFrame), 2) // the window, so far from its middle
		v.raise[period] = float32(min(voicedScale/fall, mostRaised))
	}
	return v
}

// next takes the next block in, and the power of a sample that counts as nothing. It gives 0 to 1.
func (v *voicedness) next(block []float32, residual float32) float32 {
	v.decimate(block)
	for i, w := range &v.window {
		v.buffer[i] = w * v.slow[i]
	}
	clear(v.buffer[voicedFrame:])
	v.transform.Forward(v.buffer[:], v.re[:], v.im[:])
	floor := residualTimes * residual * voicedFrame * hannPower
	for k := range v.re {
		power := v.re[k]*v.re[k] + v.im[k]*v.im[k] - floor
		v.re[k] = float32(math.Sqrt(float64(max(power, 0))))
	}
	clear(v.im[:])
	clear(v.re[:belowVoice])
	v.transform.Inverse(v.re[:], v.im[:], v.buffer[:])
	whole := v.buffer[0] + 0.5*float32(math.Sqrt(float64(floor)))
	return min(v.peak()/whole, 1)
}

// decimate adds the block to what is kept at 8 kHz.
func (v *voicedness) decimate(block []float32) {
	copy(v.fast[:decimatorTaps], v.fast[BlockLength:])
	copy(v.fast[decimatorTaps:], block[:BlockLength])
	copy(v.slow[:], v.slow[voicedStep:])
	slow := v.slow[voicedFrame-voicedStep:]
	for i := range slow {
		from := (*[decimatorTaps]float32)(v.fast[decimation*i:])
		sum := float32(0)
		for k, tap := range &v.decimator {
			sum += tap * from[k]
		}
		slow[i] = sum
	}
}

// peak is the greatest local one among the periods of a voice, raised.
func (v *voicedness) peak() float32 {
	best := float32(0)
	for period := shortestPeriod; period <= longestPeriod; period++ {
		here := v.buffer[period]
		if here > v.buffer[period-1] && here >= v.buffer[period+1] {
			best = max(best, v.raise[period]*here)
		}
	}
	return best
}
