package pattern_test

import (
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
)

func BenchmarkDraw720p(b *testing.B) {
	var pool media.Pool
	for name, d := range map[string]drawer{"painter": pattern.NewPainter(1280, 720, "x"), "page": pattern.NewPage(1280, 720, "x")} {
		b.Run(name, func(b *testing.B) {
			f := pool.Frame(1280, 720)
			defer f.Release()
			b.ReportAllocs()
			n := uint32(0)
			for b.Loop() {
				d.Draw(f, n, time.Time{})
				n++
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/frame")
		})
	}
}

func BenchmarkReadCodeInPlace(b *testing.B) {
	var pool media.Pool
	f := pool.Frame(1280, 720)
	defer f.Release()
	pattern.NewPainter(1280, 720, "x").Draw(f, 1, time.Now())
	for b.Loop() {
		pattern.ReadCodeInPlace(f)
	}
}

func BenchmarkFindCodesInAScreenshot(b *testing.B) {
	img := rgba(drawn(b, pattern.NewPainter(1280, 720, "x"), 1280, 720, 1, time.Now()))
	for b.Loop() {
		if len(pattern.FindCodes(img)) != 1 {
			b.Fatal("not found")
		}
	}
}
