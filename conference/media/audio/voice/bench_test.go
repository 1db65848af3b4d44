package voice_test

import (
	"math/rand/v2"
	"testing"

	"confab/conference/media/audio/fourier"
	"confab/conference/media/audio/voice"
)

// hiss is a block of white noise with a voice's buzz in it: all stages have something to do.
func hiss(level float64) []float32 {
	random := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, voice.BlockLength)
	for i := range x {
		x[i] = float32(level * random.NormFloat64())
		if i%240 == 0 {
			x[i] += float32(10 * level)
		}
	}
	return x
}

func report(b *testing.B) {
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/block")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkAllStages(b *testing.B) {
	c, in, x := newChain(), hiss(0.05), make([]float32, voice.BlockLength)
	b.ReportAllocs()
	for b.Loop() {
		copy(x, in)
		c.process(x, false)
	}
	report(b)
}

func BenchmarkShape(b *testing.B) {
	s, x := voice.NewSuppressor(), make([]float32, voice.TransformLength)
	copy(x, hiss(0.05))
	re, im := make([]float32, voice.Bins), make([]float32, voice.Bins)
	fourier.New(voice.TransformLength).Forward(x, re, im)
	shapedRe, shapedIm := make([]float32, voice.Bins), make([]float32, voice.Bins)
	b.ReportAllocs()
	for b.Loop() {
		copy(shapedRe, re)
		copy(shapedIm, im)
		s.Shape(shapedRe, shapedIm)
	}
	report(b)
}

func BenchmarkDetector(b *testing.B) {
	s, d, x, out := voice.NewSuppressor(), voice.NewDetector(), hiss(0.05), make([]float32, voice.BlockLength)
	s.Process(x, out)
	b.ReportAllocs()
	for b.Loop() {
		d.Judge(s, out)
	}
	report(b)
}

func BenchmarkLimiterThatNeverRests(b *testing.B) {
	l, in, x := voice.NewLimiter(), hiss(0.5), make([]float32, voice.BlockLength)
	b.ReportAllocs()
	for b.Loop() {
		copy(x, in)
		l.Process(x)
	}
	report(b)
}
