//go:build cgo

package vpx_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
)

func TestPicturesComeBack(t *testing.T) {
	var pool media.Pool
	for _, c := range []struct {
		width, height int
		options       vpx.EncoderOptions
	}{
		{640, 360, vpx.EncoderOptions{BitsPerSecond: 1_200_000}},
		{321, 181, vpx.EncoderOptions{BitsPerSecond: 400_000, TemporalLayers: 1}},
		{320, 180, vpx.EncoderOptions{BitsPerSecond: 400_000, TemporalLayers: 2, Screen: true}},
		{1, 1, vpx.EncoderOptions{}},
		{2000, 16, vpx.EncoderOptions{BitsPerSecond: 400_000}},
	} {
		t.Run(fmt.Sprintf("%dx%d", c.width, c.height), func(t *testing.T) {
			c.options.Width, c.options.Height = c.width, c.height
			e, d := newEncoder(t, c.options), newDecoder(t)
			for n, encoded := range encodeScene(t, e, c.width, c.height, 0, 30) {
				src, got := pool.Frame(c.width, c.height), decode(t, d, encoded)
				scene(src, n)
				if db := psnr(src, got); db < 33 {
					t.Errorf("picture %d came back with %.1f dB", n, db)
				}
				src.Release()
				got.Release()
			}
		})
	}
}

func TestFramesSayWhatTheyAre(t *testing.T) {
	e := newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90})
	// A key frame on demand in the middle of the pattern restarts it.
	frames := encodeScene(t, e, 160, 90, 0, 16, 6)
	layers := []uint8{0, 2, 1, 2, 0, 2, 0, 2, 1, 2, 0, 2, 1, 2, 0, 2}
	for n, f := range frames {
		key := n == 0 || n == 6
		sinceKey := n
		if n >= 6 {
			sinceKey = n - 6
		}
		sync := key || sinceKey%4 == 1 || sinceKey%4 == 2
		if f.KeyFrame != key || f.TemporalID != layers[n] || f.LayerSync != sync {
			t.Errorf("frame %d: key %v, layer %d, sync %v; want %v, %d, %v", n, f.KeyFrame, f.TemporalID, f.LayerSync, key, layers[n], sync)
		}
		width, height, ok := vpx.KeyFrameSize(f.Data)
		if ok != key || (key && (width != 160 || height != 90)) {
			t.Errorf("frame %d: KeyFrameSize = %d, %d, %v", n, width, height, ok)
		}
		if f.Width != 160 || f.Height != 90 || !f.Captured.Equal(captured(n)) {
			t.Errorf("frame %d: %dx%d, captured %v", n, f.Width, f.Height, f.Captured)
		}
		if want := media.Ticks(captured(n), media.VideoClockRate); f.RTPTime != want {
			t.Errorf("frame %d: RTP time %d, want %d", n, f.RTPTime, want)
		}
	}
}

func TestFramesOfLowerLayersDecodeWithoutUpperOnes(t *testing.T) {
	for layers := 2; layers <= 3; layers++ {
		e := newEncoder(t, vpx.EncoderOptions{Width: 320, Height: 180, BitsPerSecond: 250_000, TemporalLayers: layers})
		frames := encodeScene(t, e, 320, 180, 0, 90, 50)
		all := newDecoder(t)
		some := make([]*vpx.Decoder, layers-1)
		for i := range some {
			some[i] = newDecoder(t)
		}
		for n, encoded := range frames {
			want := decode(t, all, encoded)
			for highest, d := range some {
				if int(encoded.TemporalID) > highest {
					continue
				}
				got := decode(t, d, encoded)
				if !equal(got, want) {
					t.Errorf("%d layers: frame %d differs without layers above %d", layers, n, highest)
				}
				got.Release()
			}
			want.Release()
		}
	}
}

// A frame with LayerSync needs the base layer alone, even where others of its own layer were left out.
func TestSyncFramesNeedTheBaseAlone(t *testing.T) {
	e := newEncoder(t, vpx.EncoderOptions{Width: 320, Height: 180, BitsPerSecond: 250_000})
	frames := encodeScene(t, e, 320, 180, 0, 60)
	all, some := newDecoder(t), newDecoder(t)
	for n, encoded := range frames {
		want := decode(t, all, encoded)
		// Up to frame 40 the base, then all from the first that may be taken.
		if encoded.TemporalID == 0 || n > 40 {
			if n == 41 && !encoded.LayerSync {
				t.Fatal("frame 41 is no sync frame")
			}
			got := decode(t, some, encoded)
			if !equal(got, want) {
				t.Errorf("frame %d differs", n)
			}
			got.Release()
		}
		want.Release()
	}
}

func TestNoiseTakesNoBitsThatNobodySees(t *testing.T) {
	const bitsPerSecond = 2_000_000
	e, d := newEncoder(t, vpx.EncoderOptions{Width: 640, Height: 360, BitsPerSecond: bitsPerSecond}), newDecoder(t)
	var pool media.Pool
	bits, worst := 0, math.Inf(1)
	for n, f := range encodeScene(t, e, 640, 360, 0, 90) {
		src, got := pool.Frame(640, 360), decode(t, d, f)
		scene(src, n)
		if n >= 60 {
			bits += len(f.Data) * 8
			worst = min(worst, psnr(src, got))
		}
		src.Release()
		got.Release()
	}
	if bits > bitsPerSecond/2 || worst < 40 {
		t.Errorf("%d bit/s, %.1f dB at worst; want less than half of the rate, and 40 dB", bits, worst)
	}
}

func TestTheRateIsKept(t *testing.T) {
	for _, c := range []struct {
		bitsPerSecond   int
		framesPerSecond float64
	}{{80_000, 30}, {200_000, 30}, {100_000, 15}} {
		e := newEncoder(t, vpx.EncoderOptions{Width: 320, Height: 180, BitsPerSecond: 150_000, Screen: true})
		encodeScene(t, e, 320, 180, 0, 30)
		if err := e.SetRate(c.bitsPerSecond, c.framesPerSecond); err != nil {
			t.Fatal(err)
		}
		settled := 30 + int(2*c.framesPerSecond)
		encodeScene(t, e, 320, 180, 30, settled)
		bits, layers := 0, [3]int{}
		for _, f := range encodeScene(t, e, 320, 180, settled, settled+int(5*c.framesPerSecond)) {
			bits += len(f.Data) * 8
			layers[f.TemporalID] += len(f.Data) * 8
		}
		if got := float64(bits) / 5; math.Abs(got/float64(c.bitsPerSecond)-1) > 0.15 {
			t.Errorf("%d bit/s at %v a second: %.0f bit/s", c.bitsPerSecond, c.framesPerSecond, got)
		}
		t.Logf("%d bit/s: layers %.2f", c.bitsPerSecond, [3]float64{
			float64(layers[0]) / float64(bits), float64(layers[1]) / float64(bits), float64(layers[2]) / float64(bits),
		})
	}
}

func TestMadRatesCountAsTheNearestPossible(t *testing.T) {
	e := newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90})
	for _, fps := range []float64{30, 0, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300} {
		for _, bps := range []int{0, -5, 1, math.MaxInt, math.MinInt, 100_000} {
			if err := e.SetRate(bps, fps); err != nil {
				t.Errorf("SetRate(%d, %v) = %v", bps, fps, err)
			}
			encodeScene(t, e, 160, 90, 0, 2)
		}
	}
}

func TestAPictureOfAnotherSizeIsRefused(t *testing.T) {
	e := newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90})
	var pool media.Pool
	f := pool.Frame(160, 92)
	defer f.Release()
	if _, err := e.Encode(f, false); !errors.Is(err, codec.ErrSize) {
		t.Errorf("Encode = %v, want ErrSize", err)
	}
	encodeScene(t, e, 160, 90, 0, 1)
}

func TestImpossibleEncodersAreRefused(t *testing.T) {
	for _, o := range []vpx.EncoderOptions{
		{},
		{Width: -1, Height: 5},
		{Width: 8193, Height: 5},
		{Width: 5, Height: 8193},
		{Width: 8, Height: 8, TemporalLayers: 4},
		{Width: 8, Height: 8, TemporalLayers: -1},
	} {
		if e, err := vpx.NewEncoder(o); err == nil {
			t.Errorf("%+v was taken", o)
			_ = e.Close()
		}
	}
}

func TestFramesOutliveTheirEncoder(t *testing.T) {
	e := newEncoder(t, vpx.EncoderOptions{Width: 320, Height: 180})
	frames := encodeScene(t, e, 320, 180, 0, 20)
	var copies [][]byte
	for _, f := range frames {
		copies = append(copies, bytes.Clone(f.Data))
	}
	encodeScene(t, e, 320, 180, 20, 100)
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	for n, f := range frames {
		if !bytes.Equal(f.Data, copies[n]) || cap(f.Data) != len(f.Data) {
			t.Errorf("frame %d changed, or can be appended to", n)
		}
	}
	var pool media.Pool
	f := pool.Frame(320, 180)
	defer f.Release()
	if _, err := e.Encode(f, false); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("Encode = %v, want ErrClosed", err)
	}
	if err := e.SetRate(1, 1); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("SetRate = %v, want ErrClosed", err)
	}
}

// busy adds a fresh texture everywhere, which no encoder can foretell.
func busy(f *media.VideoFrame, n int) {
	scene(f, n)
	noise := uint32(n)*747796405 + 1
	for y := range f.Height {
		row := f.Y[y*f.StrideY:][:f.Width]
		for x := range row {
			noise = noise*1664525 + 1013904223
			row[x] += byte(noise >> 27)
		}
	}
}

func TestAKeyFrameKeepsItsLimitAndTheRateGoesOn(t *testing.T) {
	for _, c := range []struct{ width, height, bitsPerSecond, limit int }{
		{320, 180, 100_000, 1_600}, {640, 360, 400_000, 4_000}, {1280, 720, 1_000_000, 15_000}, {1280, 720, 2_500_000, 46_000},
	} {
		t.Run(fmt.Sprintf("%dx%d at most %d", c.width, c.height, c.limit), func(t *testing.T) {
			e := newEncoder(t, vpx.EncoderOptions{Width: c.width, Height: c.height, BitsPerSecond: c.bitsPerSecond})
			d := newDecoder(t)
			var pool media.Pool
			f := pool.Frame(c.width, c.height)
			defer f.Release()
			after := 0
			for n := range 90 {
				busy(f, n)
				var out *media.EncodedFrame
				var err error
				if n == 60 {
					out, err = e.EncodeKeyFrame(f, c.limit)
				} else {
					out, err = e.Encode(f, false)
				}
				if err != nil || out == nil {
					t.Fatal(out, err)
				}
				if n == 60 && (!out.KeyFrame || out.TemporalID != 0 || len(out.Data) > c.limit*5/4) {
					t.Errorf("key frame %v of %d bytes, want at most %d", out.KeyFrame, len(out.Data), c.limit)
				}
				if n > 60 {
					after += len(out.Data)
				}
				p, err := d.Decode(out.Data)
				if err != nil {
					t.Fatal(err)
				}
				p.Release()
			}
			if rate := after * 8 * 30 / 29; rate < c.bitsPerSecond/2 || rate > c.bitsPerSecond*3/2 {
				t.Errorf("%d bits per second after it, want about %d", rate, c.bitsPerSecond)
			}
		})
	}
}

func TestAnImpossibleLimitGivesTheCoarsestKeyFrame(t *testing.T) {
	var pool media.Pool
	f := pool.Frame(640, 360)
	defer f.Release()
	busy(f, 1)
	size := map[int]int{}
	for _, limit := range []int{-5, 0, 1, 1 << 30} {
		e := newEncoder(t, vpx.EncoderOptions{Width: 640, Height: 360, BitsPerSecond: 2_000_000})
		out, err := e.EncodeKeyFrame(f, limit)
		if err != nil || !out.KeyFrame {
			t.Fatal(out, err)
		}
		size[limit] = len(out.Data)
	}
	if size[-5] != size[1] || size[0] != size[1] || size[1] > size[1<<30] {
		t.Errorf("bytes by limit: %v", size)
	}
	e := newEncoder(t, vpx.EncoderOptions{Width: 64, Height: 64})
	if _, err := e.EncodeKeyFrame(f, 1000); !errors.Is(err, codec.ErrSize) {
		t.Errorf("another size: %v", err)
	}
	e.Close()
	if _, err := e.EncodeKeyFrame(f, 1000); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
