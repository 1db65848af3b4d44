//go:build cgo

package vpx_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec/vpx"
)

// scene draws picture number n of something like a talking head: a soft background, a textured oval
// that sways, and a little noise everywhere.
func scene(f *media.VideoFrame, n int) {
	noise := uint32(n)*2654435761 + 1
	phase := float64(n) / 12
	cx, cy := f.Width/2+int(float64(f.Width)/16*math.Sin(phase)), f.Height/2
	rx, ry := max(f.Width/5, 1), max(f.Height/3, 1)
	for y := range f.Height {
		row := f.Y[y*f.StrideY:][:f.Width]
		for x := range row {
			noise = noise*1664525 + 1013904223
			l := 60 + 80*x/f.Width + 30*y/f.Height
			dx, dy := (x-cx)*256/rx, (y-cy)*256/ry
			if dx*dx+dy*dy < 256*256 {
				l = 120 + (x-cx)*7%40 + (y-cy)*5%30
			}
			row[x] = byte(l + int(noise>>30))
		}
	}
	for y := range (f.Height + 1) / 2 {
		for x := range (f.Width + 1) / 2 {
			f.U[y*f.StrideUV+x] = byte(110 + 30*x/f.Width)
			f.V[y*f.StrideUV+x] = byte(130 + 20*y/f.Height)
		}
	}
	f.Captured = captured(n)
}

var start = time.Now()

func captured(n int) time.Time { return start.Add(time.Duration(n) * time.Second / 30) }

func newEncoder(t testing.TB, o vpx.EncoderOptions) *vpx.Encoder {
	t.Helper()
	e, err := vpx.NewEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// newDecoder makes a decoder whose pictures must all be released in the end.
func newDecoder(t testing.TB) *vpx.Decoder {
	t.Helper()
	pool := new(media.Pool)
	d, err := vpx.NewDecoder(pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures outstanding", n)
		}
	})
	return d
}

// encodeScene encodes pictures from to to-1; those of keys are forced to be key frames.
func encodeScene(t testing.TB, e *vpx.Encoder, width, height, from, to int, keys ...int) []*media.EncodedFrame {
	t.Helper()
	var pool media.Pool
	var out []*media.EncodedFrame
	for n := from; n < to; n++ {
		f := pool.Frame(width, height)
		scene(f, n)
		key := false
		for _, k := range keys {
			key = key || k == n
		}
		encoded, err := e.Encode(f, key)
		f.Release()
		if err != nil {
			t.Fatalf("picture %d: %v", n, err)
		}
		if encoded == nil {
			t.Fatalf("picture %d was dropped", n)
		}
		out = append(out, encoded)
	}
	return out
}

func decode(t testing.TB, d *vpx.Decoder, encoded *media.EncodedFrame) *media.VideoFrame {
	t.Helper()
	f, err := d.Decode(encoded.Data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// psnr compares the luma of two pictures, in dB.
func psnr(a, b *media.VideoFrame) float64 {
	var sum float64
	for y := range a.Height {
		for x := range a.Width {
			d := float64(a.Y[y*a.StrideY+x]) - float64(b.Y[y*b.StrideY+x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(a.Width*a.Height)/max(sum, 1e-9))
}

// equal tells whether all visible samples of two pictures are the same.
func equal(a, b *media.VideoFrame) bool {
	if a.Width != b.Width || a.Height != b.Height {
		return false
	}
	for y := range a.Height {
		if !bytes.Equal(a.Y[y*a.StrideY:][:a.Width], b.Y[y*b.StrideY:][:a.Width]) {
			return false
		}
	}
	columns := (a.Width + 1) / 2
	for y := range (a.Height + 1) / 2 {
		if !bytes.Equal(a.U[y*a.StrideUV:][:columns], b.U[y*b.StrideUV:][:columns]) ||
			!bytes.Equal(a.V[y*a.StrideUV:][:columns], b.V[y*b.StrideUV:][:columns]) {
			return false
		}
	}
	return true
}
