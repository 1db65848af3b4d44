package yuv_test

import (
	"image"
	"testing"

	"confab/conference/media"
	"confab/conference/media/yuv"
)

func BenchmarkScale720pTo360p(b *testing.B) {
	var pool media.Pool
	src, dst := pool.Frame(1280, 720), pool.Frame(640, 360)
	perFrame(b, func() { yuv.Scale(dst, src) })
}

func BenchmarkToRGBA720p(b *testing.B) {
	var pool media.Pool
	src, dst := pool.Frame(1280, 720), image.NewRGBA(image.Rect(0, 0, 1280, 720))
	perFrame(b, func() { yuv.ToRGBA(dst, src) })
}

func BenchmarkToRGBAScaled720pTo360p(b *testing.B) {
	var pool, scratch media.Pool
	src, dst := pool.Frame(1280, 720), image.NewRGBA(image.Rect(0, 0, 640, 360))
	perFrame(b, func() { yuv.ToRGBAScaled(dst, src, &scratch) })
}

func BenchmarkFromBGRA720p(b *testing.B) {
	var pool media.Pool
	dst, bgra := pool.Frame(1280, 720), make([]byte, 1280*720*4)
	perFrame(b, func() {
		if err := yuv.FromBGRA(dst, bgra, 1280*4); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkFromYUYV720p(b *testing.B) {
	var pool media.Pool
	dst, yuyv := pool.Frame(1280, 720), make([]byte, 1280*720*2)
	perFrame(b, func() {
		if err := yuv.FromYUYV(dst, yuyv, 1280*2); err != nil {
			b.Fatal(err)
		}
	})
}

func perFrame(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/frame")
}
