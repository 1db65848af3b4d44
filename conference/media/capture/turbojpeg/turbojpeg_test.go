package turbojpeg_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"confab/conference/media"
	"confab/conference/media/capture/turbojpeg"
)

func newDecoder(t testing.TB) *turbojpeg.Decoder {
	t.Helper()
	if !turbojpeg.Available {
		t.Skip("libjpeg-turbo is not in this build")
	}
	d, err := turbojpeg.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return d
}

// picture is a JPEG of 4:2:0 with some content.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x*y/64 + random.IntN(4)), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABrokenPictureIsAnErrorAndTheNextOneIsDecoded(t *testing.T) {
	d := newDecoder(t)
	var pool media.Pool
	f := pool.Frame(320, 240)
	defer f.Release()
	good := picture(t, 320, 240)
	middle := bytes.Clone(good)
	for i := range 64 {
		middle[len(middle)/2+i] ^= 0x5A
	}
	for name, raw := range map[string][]byte{
		"nothing": nil, "no picture": []byte("no picture"),
		"cut off": good[:len(good)*2/3], "its header": good[:300], "a marker without an end": good[:len(good)-2],
	} {
		if err := d.Decode(f, raw); err == nil || !strings.HasPrefix(err.Error(), "jpeg: ") {
			t.Errorf("%s: %v", name, err)
		}
		if err := d.Decode(f, good); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
	if err := d.Decode(f, []byte{0xFF, 0xD8}); err == nil {
		t.Error("the start alone is a picture")
	}
	_ = d.Decode(f, middle) // what is damaged inside may be found, or not
	if err := d.Decode(f, append(append([]byte("rubbish"), good...), 0, 0, 0)); err != nil {
		t.Errorf("with rubbish around: %v", err)
	}
}

func TestAPictureOfAnotherSizeIsNotDecoded(t *testing.T) {
	d := newDecoder(t)
	var pool media.Pool
	f := pool.Frame(640, 480)
	defer f.Release()
	huge := picture(t, 16, 16)
	at := bytes.Index(huge, []byte{0xFF, 0xC0})
	copy(huge[at+5:], []byte{0xFF, 0xDC, 0xFF, 0xDC})
	for name, test := range map[string]struct {
		f    *media.VideoFrame
		raw  []byte
		want string
	}{
		"small":          {f, picture(t, 320, 240), "picture of 320x240"},
		"huge":           {f, huge, "picture of 65500x65500"},
		"huge in a huge": {&media.VideoFrame{Width: 65500, Height: 65500}, huge, "picture of 65500x65500"},
	} {
		if err := d.Decode(test.f, test.raw); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOddSidesAreCut(t *testing.T) {
	d := newDecoder(t)
	var pool media.Pool
	for _, side := range []int{2, 3, 7, 15, 17, 33, 101} {
		f := pool.Frame(side&^1, side&^1)
		if err := d.Decode(f, picture(t, side, side)); err != nil {
			t.Errorf("%d: %v", side, err)
		}
		f.Release()
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(picture(f, 16, 16))
	f.Add(picture(f, 17, 16)[:200])
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := newDecoder(t)
		var pool media.Pool
		p := pool.Frame(16, 16)
		defer p.Release()
		_ = d.Decode(p, raw)
		if err := d.Decode(p, picture(t, 16, 16)); err != nil {
			t.Errorf("a good picture after it: %v", err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder(b)
	raw := picture(b, 1280, 720)
	var pool media.Pool
	f := pool.Frame(1280, 720)
	defer f.Release()
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(f, raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/picture")
}
