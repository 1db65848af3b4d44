package pattern_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"
	"time"

	xdraw "golang.org/x/image/draw"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
)

// drawer is what Painter and Page have in common.
type drawer interface {
	Draw(f *media.VideoFrame, number uint32, at time.Time)
}

func drawn(t testing.TB, d drawer, width, height int, number uint32, at time.Time) *media.VideoFrame {
	t.Helper()
	var pool media.Pool
	f := pool.Frame(width, height)
	d.Draw(f, number, at)
	return f
}

// rgba is the frame as a window would show it.
func rgba(f *media.VideoFrame) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	for y := range f.Height {
		for x := range f.Width {
			// Limited range BT.601 to RGB.
			l := 1.164 * (float64(f.Y[y*f.StrideY+x]) - 16)
			u := float64(f.U[y/2*f.StrideUV+x/2]) - 128
			v := float64(f.V[y/2*f.StrideUV+x/2]) - 128
			copy(img.Pix[img.PixOffset(x, y):], []byte{level(l + 1.596*v), level(l - 0.392*u - 0.813*v), level(l + 2.017*u), 255})
		}
	}
	return img
}

func level(v float64) uint8 { return uint8(min(max(v, 0), 255)) }

func TestCodeIsReadBackFromEverySize(t *testing.T) {
	at := time.Now()
	for _, size := range [][2]int{{160, 90}, {320, 180}, {640, 360}, {641, 361}, {640, 480}, {1280, 720}, {1280, 800}, {2560, 1080}} {
		w, h := size[0], size[1]
		for name, d := range map[string]drawer{"painter": pattern.NewPainter(w, h, "ada"), "page": pattern.NewPage(w, h, "ada")} {
			t.Run(fmt.Sprintf("%s %dx%d", name, w, h), func(t *testing.T) {
				for _, number := range []uint32{0, 89, 1<<32 - 1} {
					f := drawn(t, d, w, h, number, at)
					c, ok := pattern.ReadCode(f)
					if !ok || c.Frame != number || c.Source != pattern.SourceOf("ada") {
						t.Fatalf("ReadCode = %+v, %v, want frame %d", c, ok, number)
					}
					if again, ok := pattern.ReadCodeInPlace(f); !ok || again != c {
						t.Fatalf("ReadCodeInPlace = %+v, %v, want %+v", again, ok, c)
					}
					if d := at.Sub(c.At); d < 0 || d >= 100*time.Microsecond {
						t.Fatalf("clock is off by %v", d)
					}
				}
			})
		}
	}
}

func TestClockIsReadFarFromTheReadersOwn(t *testing.T) {
	p := pattern.NewPainter(320, 180, "x")
	for _, off := range []time.Duration{-365 * 24 * time.Hour, -time.Hour, time.Minute, 365 * 24 * time.Hour} {
		at := time.Now().Add(off).Truncate(100 * time.Microsecond)
		c, ok := pattern.ReadCode(drawn(t, p, 320, 180, 7, at))
		if !ok || !c.At.Equal(at) {
			t.Errorf("%v from now: ReadCode = %v, %v, want %v", off, c.At, ok, at)
		}
	}
}

// crop is the middle part of a picture that fills the aspect of w x h.
func crop(r image.Rectangle, w, h int) image.Rectangle {
	if r.Dx()*h > w*r.Dy() {
		n := r.Dy() * w / h
		return image.Rect(r.Min.X+(r.Dx()-n)/2, r.Min.Y, r.Min.X+(r.Dx()+n)/2, r.Max.Y)
	}
	n := r.Dx() * h / w
	return image.Rect(r.Min.X, r.Min.Y+(r.Dy()-n)/2, r.Max.X, r.Min.Y+(r.Dy()+n)/2)
}

func TestCodesOfAllTilesAreFoundInAScreenshot(t *testing.T) {
	screen := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	draw.Draw(screen, screen.Bounds(), image.NewUniform(color.RGBA{0x0F, 0x12, 0x16, 255}), image.Point{}, draw.Src)
	at := time.Now()
	tiles := map[string]image.Rectangle{
		"ana":  image.Rect(16, 57, 634, 373),
		"ben":  image.Rect(646, 57, 1264, 373),
		"chen": image.Rect(16, 385, 437, 700),    // squarish: cropped at the sides
		"dina": image.Rect(646, 385, 1000, 550),  // wide: cropped above and below
		"you":  image.Rect(1066, 572, 1252, 677), // a small self view
		"eve":  image.Rect(1010, 385, 1264, 529), // brightness halved below
		"none": image.Rect(447, 385, 637, 700),   // nothing readable
	}
	for label, tile := range tiles {
		src := rgba(drawn(t, pattern.NewPainter(640, 360, label), 640, 360, uint32(len(label)), at))
		xdraw.BiLinear.Scale(screen, tile, src, crop(src.Bounds(), tile.Dx(), tile.Dy()), draw.Src, nil)
		plate := image.Rect(tile.Min.X+10, tile.Max.Y-35, tile.Min.X+80, tile.Max.Y-10)
		draw.Draw(screen, plate, image.NewUniform(color.RGBA{20, 20, 20, 255}), image.Point{}, draw.Src)
	}
	draw.Draw(screen, tiles["eve"], image.NewUniform(color.RGBA{0, 0, 0, 128}), image.Point{}, draw.Over)
	mirror(screen, tiles["you"])

	found := map[uint8]pattern.Found{}
	for _, f := range pattern.FindCodes(screen) {
		found[f.Source] = f
	}
	if len(found) != len(tiles)-1 {
		t.Errorf("found %d codes, want %d", len(found), len(tiles)-1)
	}
	for label, tile := range tiles {
		f, ok := found[pattern.SourceOf(label)]
		c, inTile := pattern.ReadCodeRGBA(screen, tile)
		if label == "none" {
			if ok || inTile {
				t.Errorf("a tile cropped through its code was read: %+v %+v", f, c)
			}
			continue
		}
		if !ok || !f.Rect.In(tile) || f.Frame != uint32(len(label)) {
			t.Errorf("%s: FindCodes gave %+v (%v), want one in %v", label, f, ok, tile)
		}
		if !inTile || c != f.Code {
			t.Errorf("%s: ReadCodeRGBA = %+v, %v, want %+v", label, c, inTile, f.Code)
		}
	}
}

func mirror(img *image.RGBA, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for a, b := r.Min.X, r.Max.X-1; a < b; a, b = a+1, b-1 {
			ca, cb := img.RGBAAt(a, y), img.RGBAAt(b, y)
			img.SetRGBA(a, y, cb)
			img.SetRGBA(b, y, ca)
		}
	}
}

func TestCodeIsReadAtEveryScaleOfATile(t *testing.T) {
	src := rgba(drawn(t, pattern.NewPainter(640, 360, "scale"), 640, 360, 4711, time.Now()))
	for width := 130; width < 1300; width += 117 {
		height := width*9/16 + width%3
		dst := image.NewRGBA(image.Rect(0, 0, width, height))
		xdraw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
		if c, ok := pattern.ReadCodeRGBA(dst, dst.Bounds()); !ok || c.Frame != 4711 {
			t.Errorf("%dx%d: ReadCodeRGBA = %+v, %v", width, height, c, ok)
		}
	}
}

func TestDamagedCodeIsNotRead(t *testing.T) {
	f := drawn(t, pattern.NewPainter(320, 180, "x"), 320, 180, 1, time.Now())
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		// Overwrite three blocks of the data.
		g := drawn(t, pattern.NewPainter(320, 180, "x"), 320, 180, random.Uint32(), f.Captured)
		want, _ := pattern.ReadCode(g)
		for range 3 {
			x, y := 92+8*random.IntN(17), 32+8*random.IntN(6)
			v := byte(16 + 200*random.IntN(2))
			for row := range 8 {
				for column := range 8 {
					g.Y[(y+row)*g.StrideY+x+column] = v
				}
			}
		}
		if c, ok := pattern.ReadCode(g); ok && c != want {
			t.Fatalf("a damaged code was read as %+v, want %+v or nothing", c, want)
		}
	}
}

func TestNoCodeIsFoundWhereThereIsNone(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	img := image.NewRGBA(image.Rect(5, 5, 645, 365))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint32())
	}
	if found := pattern.FindCodes(img); len(found) != 0 {
		t.Errorf("found %+v in noise", found)
	}
	stripes := image.NewGray(image.Rect(0, 0, 320, 180))
	for i := range stripes.Pix {
		stripes.Pix[i] = byte(i % 320 / 4 % 2 * 255)
	}
	if found := pattern.FindCodes(stripes); len(found) != 0 {
		t.Errorf("found %+v in stripes", found)
	}
	if _, ok := pattern.ReadCodeRGBA(img, image.Rect(0, 0, 3, 3)); ok {
		t.Error("read a code outside the picture")
	}
	if found := pattern.FindCodes(image.NewRGBA(image.Rectangle{})); found != nil {
		t.Errorf("found %+v in nothing", found)
	}
}

func TestLabelsHaveDifferentSources(t *testing.T) {
	seen := map[uint8]string{}
	for _, label := range []string{"Ana", "Ben", "Chen", "Dina Li", "alice", "bob", "carol", "test"} {
		if other, ok := seen[pattern.SourceOf(label)]; ok {
			t.Errorf("%q and %q have the same source", label, other)
		}
		seen[pattern.SourceOf(label)] = label
	}
}

func TestPictureMovesAndDrawingAllocatesNothing(t *testing.T) {
	p := pattern.NewPainter(640, 360, "x")
	at := time.Now()
	a, b := drawn(t, p, 640, 360, 1, at), drawn(t, p, 640, 360, 2, at)
	different := 0
	for i := range a.Y {
		if a.Y[i] != b.Y[i] {
			different++
		}
	}
	if different < len(a.Y)/10 {
		t.Errorf("only %d of %d pixels differ between two pictures", different, len(a.Y))
	}
	if n := testing.AllocsPerRun(10, func() { p.Draw(a, 3, at) }); n != 0 {
		t.Errorf("%v allocations a picture, want 0", n)
	}
}
