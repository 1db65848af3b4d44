//go:build cgo

package yuv

import (
	"math"
	"math/rand/v2"
	"testing"

	"confab/conference/media"
)

// sizes are even and odd, smaller and greater than a vector.
var sizes = [][2]int{{1, 1}, {2, 2}, {3, 5}, {17, 9}, {64, 48}, {67, 35}, {320, 180}}

func TestTwinsConvertToRGBAWithinTwo(t *testing.T) {
	var pool media.Pool
	// Every value of two components, with many of the third.
	for v := 0; v < 256; v += 15 {
		f := pool.Frame(512, 512)
		for y := range 512 {
			for x := range 512 {
				f.Y[y*f.StrideY+x] = byte(v + x%2*5 + y%2)
			}
		}
		for y := range 256 {
			for x := range 256 {
				f.U[y*f.StrideUV+x], f.V[y*f.StrideUV+x] = byte(x), byte(y)
			}
		}
		compareRGBA(t, f)
		f.Release()
	}
	for _, size := range sizes {
		f := noise(&pool, size[0], size[1])
		compareRGBA(t, f)
		f.Release()
	}
}

func compareRGBA(t *testing.T, f *media.VideoFrame) {
	t.Helper()
	a, b := make([]byte, f.Width*f.Height*4), make([]byte, f.Width*f.Height*4)
	toRGBA(packed{a, f.Width * 4}, whole(f))
	genericToRGBA(packed{b, f.Width * 4}, whole(f))
	compareBytes(t, "RGBA", a, b)
}

func TestTwinsConvertFromRGBWithinTwo(t *testing.T) {
	for _, size := range sizes {
		in := packed{randomBytes(size[0]*4*size[1] + 64), size[0]*4 + 8}
		in.bytes = randomBytes(in.stride * size[1])
		compareFrames(t, "BGRA", size, func(p picture) { fromBGRA(p, in) }, func(p picture) { genericFromRGB(p, in, 2, 0) })
		compareFrames(t, "RGBA", size, func(p picture) { fromRGBA(p, in) }, func(p picture) { genericFromRGB(p, in, 0, 2) })
	}
}

func TestTwinsConvertFromYUVWithinTwo(t *testing.T) {
	for _, size := range sizes {
		columns, rows := (size[0]+1)/2, (size[1]+1)/2
		yuyv := packed{randomBytes(columns * 4 * size[1]), columns * 4}
		compareFrames(t, "YUYV", size, func(p picture) { fromYUYV(p, yuyv) }, func(p picture) { genericFromYUYV(p, yuyv) })
		luma, chroma := packed{randomBytes(size[0] * size[1]), size[0]}, packed{randomBytes(columns * 2 * rows), columns * 2}
		compareFrames(t, "NV12", size,
			func(p picture) { fromNV12(p, luma, chroma) }, func(p picture) { genericFromNV12(p, luma, chroma) })
	}
}

func TestTwinsScaleAlike(t *testing.T) {
	var pool media.Pool
	src := pool.Frame(640, 360)
	for i, p := range whole(src).planes() {
		for y := range p.height {
			for x := range p.width {
				p.row(y)[x] = byte(128 + 60*math.Sin(float64(x*(i+1))/19) + 60*math.Cos(float64(y)/13))
			}
		}
	}
	for _, size := range [][2]int{{640, 360}, {320, 180}, {160, 90}, {213, 121}, {500, 301}, {1280, 720}, {641, 359}, {33, 17}} {
		a, b := pool.Frame(size[0], size[1]), pool.Frame(size[0], size[1])
		scale(whole(a), whole(src))
		genericScale(whole(b), whole(src))
		for i, p := range whole(a).planes() {
			if got := psnr(p, whole(b).planes()[i]); got < 40 {
				t.Errorf("%v, plane %d: twins agree to %.1f dB, want 40", size, i, got)
			}
		}
		a.Release()
		b.Release()
	}
	src.Release()
}

func compareFrames(t *testing.T, name string, size [2]int, one, other func(picture)) {
	t.Helper()
	var pool media.Pool
	a, b := pool.Frame(size[0], size[1]), pool.Frame(size[0], size[1])
	one(whole(a))
	other(whole(b))
	for i, p := range whole(a).planes() {
		for row := range p.height {
			compareBytes(t, name, p.row(row)[:p.width], whole(b).planes()[i].row(row)[:p.width])
		}
	}
	a.Release()
	b.Release()
}

func compareBytes(t *testing.T, name string, a, b []byte) {
	t.Helper()
	for i := range a {
		if d := int(a[i]) - int(b[i]); d < -2 || d > 2 {
			t.Fatalf("%s: byte %d is %d and %d", name, i, a[i], b[i])
		}
	}
}

func psnr(a, b plane) float64 {
	var sum float64
	for row := range a.height {
		for x := range a.width {
			d := float64(a.row(row)[x]) - float64(b.row(row)[x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(a.width*a.height)/max(sum, 1e-9))
}

func noise(pool *media.Pool, width, height int) *media.VideoFrame {
	f := pool.Frame(width, height)
	for _, b := range [][]byte{f.Y, f.U, f.V} {
		copy(b, randomBytes(len(b)))
	}
	return f
}

func randomBytes(n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
