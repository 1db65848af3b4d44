package yuv_test

import (
	"image"
	"image/color"
	"testing"

	"confab/conference/media"
	"confab/conference/media/yuv"
)

// colours are BT.601 limited range, after the definition.
var colours = map[string]struct {
	rgb     color.RGBA
	y, u, v byte
}{
	"black": {color.RGBA{0, 0, 0, 255}, 16, 128, 128},
	"white": {color.RGBA{255, 255, 255, 255}, 235, 128, 128},
	"grey":  {color.RGBA{128, 128, 128, 255}, 126, 128, 128},
	"red":   {color.RGBA{255, 0, 0, 255}, 81, 90, 240},
	"green": {color.RGBA{0, 255, 0, 255}, 145, 54, 34},
	"blue":  {color.RGBA{0, 0, 255, 255}, 41, 240, 110},
}

func TestMirrorExchangesLeftAndRight(t *testing.T) {
	for _, width := range []int{0, 1, 2, 5, 8} {
		m := image.NewRGBA(image.Rect(0, 0, 9, 4)).SubImage(image.Rect(0, 1, width, 3)).(*image.RGBA)
		for x := range width {
			m.SetRGBA(x, 1, color.RGBA{uint8(x), 1, 2, 255})
		}
		yuv.Mirror(m)
		for x := range width {
			want := color.RGBA{uint8(width - 1 - x), 1, 2, 255}
			if got := m.RGBAAt(x, 1); got != want {
				t.Errorf("width %d: %v at %d, want %v", width, got, x, want)
			}
		}
	}
}

func TestColoursAreLimitedRangeBT601(t *testing.T) {
	var pool media.Pool
	for name, c := range colours {
		in, out := image.NewRGBA(image.Rect(0, 0, 34, 18)), image.NewRGBA(image.Rect(0, 0, 34, 18))
		fill(in, c.rgb)
		f := pool.Frame(34, 18)
		if err := yuv.FromRGBA(f, in); err != nil {
			t.Fatal(err)
		}
		if !near(f.Y[20], c.y, 2) || !near(f.U[9], c.u, 2) || !near(f.V[9], c.v, 2) {
			t.Errorf("%s is %d %d %d, want %d %d %d", name, f.Y[20], f.U[9], f.V[9], c.y, c.u, c.v)
		}
		yuv.ToRGBA(out, f)
		got := out.RGBAAt(20, 10)
		if !near(got.R, c.rgb.R, 5) || !near(got.G, c.rgb.G, 5) || !near(got.B, c.rgb.B, 5) || got.A != 255 {
			t.Errorf("%s came back as %v", name, got)
		}
		f.Release()
	}
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d frames outstanding", n)
	}
}

func TestBGRAHasBlueFirst(t *testing.T) {
	var pool media.Pool
	f := pool.Frame(4, 2)
	defer f.Release()
	bgra := make([]byte, 2*20)
	for i := 0; i < len(bgra); i += 4 {
		bgra[i] = 255
	}
	if err := yuv.FromBGRA(f, bgra, 20); err != nil {
		t.Fatal(err)
	}
	if !near(f.Y[0], 41, 2) || !near(f.U[0], 240, 2) || !near(f.V[0], 110, 2) {
		t.Errorf("blue is %d %d %d", f.Y[0], f.U[0], f.V[0])
	}
}

func TestCameraFormatsKeepTheirComponents(t *testing.T) {
	var pool media.Pool
	f := pool.Frame(3, 3)
	defer f.Release()
	check := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Y[0] != 10 || f.Y[1] != 11 || f.U[0] != 50 || f.V[0] != 70 || f.U[f.StrideUV+1] != 50 || f.Y[2*f.StrideY+2] != 10 {
			t.Errorf("%s: Y %v U %v V %v", name, f.Y[:3], f.U[:2], f.V[:2])
		}
	}
	row := []byte{10, 50, 11, 70, 10, 50, 11, 70}
	check("YUYV", yuv.FromYUYV(f, append(append(append([]byte{}, row...), row...), row...), 8))
	clear(f.Y)
	luma := []byte{10, 11, 10, 10, 11, 10, 10, 11, 10}
	check("NV12", yuv.FromNV12(f, luma, 3, []byte{50, 70, 50, 70, 50, 70, 50, 70}, 4))
}

func TestPicturesWithTooFewBytesAreRefused(t *testing.T) {
	var pool media.Pool
	f := pool.Frame(5, 3)
	defer f.Release()
	const huge = int(^uint(0) >> 1)
	for name, err := range map[string]error{
		"BGRA short":         yuv.FromBGRA(f, make([]byte, 59), 20),
		"BGRA empty":         yuv.FromBGRA(f, nil, 20),
		"BGRA narrow":        yuv.FromBGRA(f, make([]byte, 60), 19),
		"BGRA negative":      yuv.FromBGRA(f, make([]byte, 60), -20),
		"BGRA mad":           yuv.FromBGRA(f, make([]byte, 60), huge),
		"YUYV short":         yuv.FromYUYV(f, make([]byte, 35), 12),
		"NV12 luma short":    yuv.FromNV12(f, make([]byte, 14), 5, make([]byte, 12), 6),
		"NV12 chroma short":  yuv.FromNV12(f, make([]byte, 15), 5, make([]byte, 11), 6),
		"NV12 chroma narrow": yuv.FromNV12(f, make([]byte, 15), 5, make([]byte, 12), 5),
		"RGBA of other size": yuv.FromRGBA(f, image.NewRGBA(image.Rect(0, 0, 5, 4))),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := yuv.FromBGRA(f, make([]byte, 60), 20); err != nil {
		t.Error(err)
	}
}

func TestScalingKeepsThePicture(t *testing.T) {
	var pool media.Pool
	for _, size := range [][2]int{{1280, 720}, {640, 360}, {320, 180}, {1, 1}, {99, 51}, {1920, 1080}} {
		src, dst := halves(&pool, 1280, 720), pool.Frame(size[0], size[1])
		yuv.Scale(dst, src)
		middle := size[1] / 2 * dst.StrideY
		if size[0] > 1 && (!near(dst.Y[middle], 40, 2) || !near(dst.Y[middle+size[0]-1], 200, 2)) {
			t.Errorf("%v: left %d, right %d, want 40, 200", size, dst.Y[middle], dst.Y[middle+size[0]-1])
		}
		src.Release()
		dst.Release()
	}
}

func TestScaledPicturesAreCutEvenlyToCover(t *testing.T) {
	var pool, scratch media.Pool
	// Red bars of an eighth at both sides of a wide picture: a square one does not show them.
	f := pool.Frame(1280, 720)
	defer f.Release()
	drawBars(f, 160)
	for name, c := range map[string]struct {
		width, height int
		bars          bool
	}{
		"same aspect, same size": {1280, 720, true},
		"same aspect, smaller":   {320, 180, true},
		"square":                 {300, 300, false},
		"upright":                {90, 160, false},
		"flat":                   {400, 100, true},
		"one pixel":              {1, 1, false},
		"cut without scaling":    {720, 720, false},
	} {
		dst := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
		yuv.ToRGBAScaled(dst, f, &scratch)
		left, right := dst.RGBAAt(0, c.height/2), dst.RGBAAt(c.width-1, c.height/2)
		if (left.R > 150) != c.bars || (right.R > 150) != c.bars {
			t.Errorf("%s: left %v, right %v, bars wanted: %v", name, left, right, c.bars)
		}
	}
	yuv.ToRGBAScaled(image.NewRGBA(image.Rectangle{}), f, &scratch)
	if n := scratch.Outstanding(); n != 0 {
		t.Errorf("%d scratch frames outstanding", n)
	}
}

func TestEverySizeCanBeCovered(t *testing.T) {
	var pool, scratch media.Pool
	for _, src := range [][2]int{{1, 1}, {1, 8}, {9, 1}, {7, 5}, {33, 18}, {8192, 1}, {1, 8192}} {
		f := pool.Frame(src[0], src[1])
		for w := 1; w < 40; w += 3 {
			for h := 1; h < 40; h += 5 {
				yuv.ToRGBAScaled(image.NewRGBA(image.Rect(0, 0, w, h)), f, &scratch)
			}
		}
		f.Release()
	}
}

func TestAPartOfAnImageIsDrawnInPlace(t *testing.T) {
	var pool media.Pool
	f := pool.Frame(4, 4)
	defer f.Release()
	drawBars(f, 2)
	img := image.NewRGBA(image.Rect(0, 0, 10, 10))
	yuv.ToRGBA(img.SubImage(image.Rect(3, 3, 7, 7)).(*image.RGBA), f)
	if img.RGBAAt(2, 3).A != 0 || img.RGBAAt(7, 6).A != 0 || img.RGBAAt(3, 3).A != 255 || img.RGBAAt(6, 6).A != 255 {
		t.Error("drawn outside of the part, or not all of it")
	}
}

func TestNothingIsAllocatedPerFrame(t *testing.T) {
	var pool, scratch media.Pool
	src, dst := pool.Frame(1280, 720), pool.Frame(640, 360)
	img := image.NewRGBA(image.Rect(0, 0, 320, 180))
	bgra := make([]byte, 640*4*360)
	allocations := testing.AllocsPerRun(10, func() {
		yuv.Scale(dst, src)
		yuv.ToRGBAScaled(img, src, &scratch)
		if err := yuv.FromBGRA(dst, bgra, 640*4); err != nil {
			t.Error(err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations a frame", allocations)
	}
}

func halves(pool *media.Pool, width, height int) *media.VideoFrame {
	f := pool.Frame(width, height)
	for y := range height {
		for x := range width {
			f.Y[y*f.StrideY+x] = 40
			if x >= width/2 {
				f.Y[y*f.StrideY+x] = 200
			}
		}
	}
	return f
}

// drawBars draws red bars of the given width at both sides of a blue picture.
func drawBars(f *media.VideoFrame, width int) {
	red, blue := colours["red"], colours["blue"]
	for y := range f.Height {
		for x := range f.Width {
			c := blue
			if x < width || x >= f.Width-width {
				c = red
			}
			f.Y[y*f.StrideY+x], f.U[y/2*f.StrideUV+x/2], f.V[y/2*f.StrideUV+x/2] = c.y, c.u, c.v
		}
	}
}

func fill(m *image.RGBA, c color.RGBA) {
	for i := 0; i < len(m.Pix); i += 4 {
		m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = c.R, c.G, c.B, c.A
	}
}

func near(a, b byte, by int) bool { return max(int(a)-int(b), int(b)-int(a)) <= by }
