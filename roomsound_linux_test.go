package main_test

import (
	"math"
	"slices"

	"confab/conference/media"
	"confab/conference/media/audio/fourier"
)

const stretch = media.SampleRate / 50 // 20 ms, what speech is judged in

// activeLevel is the root mean square of the stretches that lie less than 30 dB below the loudest.
func activeLevel(x []float64) float64 {
	var all []float64
	for i := 0; i+stretch <= len(x); i += stretch {
		all = append(all, energy(x[i:i+stretch]))
	}
	if len(all) == 0 {
		return 0
	}
	loudest, sum, n := slices.Max(all), 0.0, 0.0
	for _, e := range all {
		if e > loudest*1e-3 {
			sum, n = sum+e, n+stretch
		}
	}
	return math.Sqrt(sum / n)
}

// full is a level in dB of full scale.
func full(level float64) float64 { return 20 * math.Log10(level/32768+1e-6) }

// heardLater looks for what was said from one sample to another in what was heard, at most half a second
// later. It gives how much later that came, in samples, and how much it is the same, 1 for all.
func heardLater(said, heard []float64, from, to int) (lag int, same float64) {
	const every = 6 // samples that are taken as one at first
	most := media.SampleRate / 2
	if to+most > len(heard) {
		return 0, 0
	}
	thin := func(x []float64) []float64 {
		out := make([]float64, len(x)/every)
		for i := range out {
			for _, v := range x[i*every:][:every] {
				out[i] += v / every
			}
		}
		return out
	}
	around := heard[from : to+most]
	rough, _ := bestFit(thin(said[from:to]), thin(around), 0, most/every)
	return bestFit(said[from:to], around, (rough-1)*every, (rough+1)*every+1)
}

// kept is the mean over stretches, in which somebody spoke, of how far the spectrum of what was heard, up to 8 kHz,
// lies from that of what was said, in dB, each between -10 and 35. Every stretch may have a gain of its own, as
// volume is made even. It is the spectra's magnitudes that are compared: of the waveform Opus keeps no more than
// 9.5 dB at 32 kbit/s, of the magnitudes 19 dB, and 8 dB if somebody else is heard as loud.
func kept(said, heard []float64, from, to, lag int) float64 {
	loudest := 0.0
	for i := from; i+stretch <= to; i += stretch {
		loudest = max(loudest, energy(said[i:i+stretch]))
	}
	a, b := newMagnitudes(), newMagnitudes()
	sum, n := 0.0, 0.0
	for i := from; i+stretch <= to; i += stretch {
		if energy(said[i:i+stretch]) < loudest*1e-2 {
			continue
		}
		fit := alike(a.of(said[i:i+stretch]), b.of(heard[i+lag:i+lag+stretch]))
		sum += min(max(10*math.Log10(fit*fit/(1-fit*fit+1e-9)+1e-9), -10), 35)
		n++
	}
	return sum / max(n, 1)
}

// alike is the cosine of the angle between two spectra.
func alike(a, b []float64) float64 {
	ab, aa, bb := 0.0, 1e-9, 1e-9
	for i, v := range a {
		ab, aa, bb = ab+v*b[i], aa+v*v, bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}

// magnitudes makes spectra of stretches.
type magnitudes struct {
	transform *fourier.Transform
	samples   [1024]float32
	re, im    [1024/2 + 1]float32
	spectrum  [8000 * 1024 / media.SampleRate]float64
}

func newMagnitudes() *magnitudes { return &magnitudes{transform: fourier.New(1024)} }

// of is the spectrum of a stretch under the root of a Hann window; it is good until the next call.
func (m *magnitudes) of(x []float64) []float64 {
	for i, v := range x {
		m.samples[i] = float32(v * math.Sin(math.Pi*(float64(i)+0.5)/float64(len(x))))
	}
	m.transform.Forward(m.samples[:], m.re[:], m.im[:])
	for i := range m.spectrum {
		m.spectrum[i] = math.Hypot(float64(m.re[i]), float64(m.im[i]))
	}
	return m.spectrum[:]
}
