//go:build cgo

package vpx_test

import (
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec/vpx"
)

// BenchmarkEncode720p encodes a moving scene at 1,200 kbit/s in three temporal layers. ms/frame is processor time.
func BenchmarkEncode720p(b *testing.B) {
	e := newEncoder(b, vpx.EncoderOptions{Width: 1280, Height: 720, BitsPerSecond: 1_200_000})
	frames := scenes(1280, 720, 16)
	n, before := 0, cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(frames[n%len(frames)], false); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric((cpuTime()-before).Seconds()*1000/float64(n), "ms/frame")
}

func BenchmarkDecode720p(b *testing.B) {
	e, d := newEncoder(b, vpx.EncoderOptions{Width: 1280, Height: 720, BitsPerSecond: 1_200_000}), newDecoder(b)
	frames := encodeScene(b, e, 1280, 720, 0, 60)
	n, before := 0, cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		f, err := d.Decode(frames[n%len(frames)].Data)
		if err != nil {
			b.Fatal(err)
		}
		f.Release()
		n++
	}
	b.ReportMetric((cpuTime()-before).Seconds()*1000/float64(n), "ms/frame")
}

// scenes are n pictures there and back, so that they can be repeated without a cut.
func scenes(width, height, n int) []*media.VideoFrame {
	var pool media.Pool
	var frames []*media.VideoFrame
	for i := range n {
		f := pool.Frame(width, height)
		scene(f, i)
		frames = append(frames, f)
	}
	for i := n - 2; i > 0; i-- {
		frames = append(frames, frames[i])
	}
	return frames
}
