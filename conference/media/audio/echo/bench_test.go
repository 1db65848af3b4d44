package echo_test

import (
	"testing"

	"confab/conference/media/audio/echo"
)

// BenchmarkProcess is a block of far speech with its echo, everything at work.
func BenchmarkProcess(b *testing.B) {
	s := scenario{drift: 60, delay: 0.08, reverberation: 0.3, seed: 1}
	r := s.record(first, synthetic, synthetic)
	c := echo.New(echo.Options{})
	r.through(c)
	out := make([]float32, block)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		at := i % (10 * sampleRate / block) * block
		c.Render(r.far[at : at+block])
		c.Process(r.microphone[at:at+block], out, nil)
		i++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/block")
}

// BenchmarkHeadset is a block of a microphone without echo.
func BenchmarkHeadset(b *testing.B) {
	c := echo.New(echo.Options{})
	far, near := synthetic(10*sampleRate, 1), synthetic(10*sampleRate, 2)
	out := make([]float32, block)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		at := i % (10 * sampleRate / block) * block
		c.Render(far[at : at+block])
		c.Process(near[at:at+block], out, nil)
		i++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/block")
}
