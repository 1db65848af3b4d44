package voice_test

import (
	"math"

	"confab/conference/media/audio/fourier"
)

// score compares what came out of the suppressor with what was said. Speech is judged in frames of 20 ms,
// 140 Hz to 8 kHz, by segmental SNR, clamped to -10 and 35 dB a frame.
type score struct {
	pauses    float64 // dB less noise in the pauses, from 3 s on
	early     float64 // the same, from 1 to 2 s
	before    float64 // segmental SNR of the mixture, dB
	after     float64 // and of the output
	magnitude float64 // of the output, phases not counted
	kept      float64 // dB of the speech's level, mean of those of ten bands that have any
}

const (
	scoreFrame     = 960
	scoreTransform = 1024
	scoreLow       = 3 // bins 140 Hz to 8 kHz
	scoreHigh      = 170
	scoreBands     = 10
)

// analyser gives the spectra of Hann windows.
type analyser struct {
	transform *fourier.Transform
	window    [scoreFrame]float64
	buffer    [scoreTransform]float32
}

func newAnalyser() *analyser {
	a := &analyser{transform: fourier.New(scoreTransform)}
	for i := range a.window {
		a.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/scoreFrame)
	}
	return a
}

type spectrum struct{ re, im [scoreTransform/2 + 1]float32 }

func (s *spectrum) power(k int) float64 { return float64(s.re[k]*s.re[k] + s.im[k]*s.im[k]) }

// spectrum of 20 ms of x from a sample on.
func (a *analyser) spectrum(x []float64, from int, s *spectrum) {
	clear(a.buffer[:])
	for i, w := range a.window {
		if from+i < len(x) {
			a.buffer[i] = float32(w * x[from+i])
		}
	}
	a.transform.Forward(a.buffer[:], s.re[:], s.im[:])
}

// rate scores an output that is delay samples late.
func (m *mixture) rate(out []float64, delay int) score {
	const first, earlyFrom, earlyTo, low, high = 300, 100, 200, 2, 450
	a := newAnalyser()
	var clean, mixed, late spectrum
	var s score
	var noiseIn, noiseOut, earlyIn, earlyOut, frames float64
	var kept, whole [scoreBands]float64
	for f := range len(m.active) - 2 {
		speaks, rests := m.active[f] && m.active[f+1], m.pause[f] && m.pause[f+1]
		if !speaks && !rests {
			continue
		}
		a.spectrum(m.mixed, f*blockLength, &mixed)
		a.spectrum(out, f*blockLength+delay, &late)
		if rests {
			for k := low; k < high; k++ {
				switch {
				case f >= first:
					noiseIn, noiseOut = noiseIn+mixed.power(k), noiseOut+late.power(k)
				case f >= earlyFrom && f < earlyTo:
					earlyIn, earlyOut = earlyIn+mixed.power(k), earlyOut+late.power(k)
				}
			}
			continue
		}
		a.spectrum(m.clean, f*blockLength, &clean)
		frames++
		s.before += segment(&clean, &mixed, false)
		s.after += segment(&clean, &late, false)
		s.magnitude += segment(&clean, &late, true)
		for k := scoreLow; k < scoreHigh; k++ {
			band := (k - scoreLow) * scoreBands / (scoreHigh - scoreLow)
			kept[band] += float64(clean.re[k]*late.re[k] + clean.im[k]*late.im[k])
			whole[band] += clean.power(k)
		}
	}
	s.pauses, s.early = inDecibels(noiseIn/(noiseOut+1e-14)), inDecibels(earlyIn/(earlyOut+1e-14))
	s.before, s.after, s.magnitude = s.before/frames, s.after/frames, s.magnitude/frames
	s.kept = levelKept(kept[:], whole[:])
	return s
}

// levelKept is the mean of what the bands kept of their level, in decibels, without those that are 40 dB below
// the strongest.
func levelKept(kept, whole []float64) float64 {
	var all []float64
	for b, w := range whole {
		if w > 1e-4*maximum(whole) {
			all = append(all, 2*inDecibels(max(kept[b]/w, 1e-3)))
		}
	}
	return mean(all)
}

// segment is the SNR of one frame.
func segment(clean, got *spectrum, magnitudes bool) float64 {
	signal, wrong := 0.0, 0.0
	for k := scoreLow; k < scoreHigh; k++ {
		c := clean.power(k)
		signal += c
		if magnitudes {
			wrong += math.Pow(math.Sqrt(got.power(k))-math.Sqrt(c), 2)
			continue
		}
		re, im := float64(got.re[k]-clean.re[k]), float64(got.im[k]-clean.im[k])
		wrong += re*re + im*im
	}
	return min(max(inDecibels(signal/(wrong+1e-12)), -10), 35)
}
