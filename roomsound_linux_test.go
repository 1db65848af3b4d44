package main_test

import (
	"math"
	"slices"

	"confab/conference/media"
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
// later. It gives how much later that came, in samples, and how alike both are, 1 for the same.
func heardLater(said, heard []float64, from, to int) (lag int, alike float64) {
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

// kept is the mean over stretches, in which somebody spoke, of how far what is not like what was said lies
// below it, each between -10 and 35 dB. Every stretch is looked for within 1 ms around lag, as playing out
// may stretch sound, and may have a gain of its own, as volume is made even.
func kept(said, heard []float64, from, to, lag int) float64 {
	const around = media.SampleRate / 1000
	loudest := 0.0
	for i := from; i+stretch <= to; i += stretch {
		loudest = max(loudest, energy(said[i:i+stretch]))
	}
	sum, n := 0.0, 0.0
	for i := from; i+stretch <= to; i += stretch {
		e := energy(said[i : i+stretch])
		if e < loudest*1e-2 {
			continue
		}
		_, fit := bestFit(said[i:i+stretch], heard[i+lag-around:i+lag+stretch+around], 0, 2*around+1)
		fit = max(fit, 0)
		sum += min(max(10*math.Log10(fit*fit/(1-fit*fit+1e-9)+1e-9), -10), 35)
		n++
	}
	return sum / max(n, 1)
}
