package capture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"testing"

	"confab/conference/media"
	"confab/conference/media/capture/turbojpeg"
)

// convert makes a frame of one picture.
func convert(pool *media.Pool, m cameraMode, raw []byte) (*media.VideoFrame, error) {
	c := newConverter(pool, m)
	defer c.close()
	return c.convert(raw)
}

func TestPicturesOfEveryFormatAndPaddingAreConverted(t *testing.T) {
	// 4x2 pixels: luma 50 left and 150 right, U 100, V 200, in rows padded by 8 bytes of 255.
	pad := bytes.Repeat([]byte{255}, 8)
	row := func(b ...byte) []byte { return append(b, pad...) }
	half := func(b ...byte) []byte { return append(b, pad[:4]...) }
	luma := append(row(50, 50, 150, 150), row(50, 50, 150, 150)...)
	packed := row(50, 100, 50, 200, 150, 100, 150, 200)
	tests := map[string]struct {
		pixels pixels
		stride int
		raw    []byte
	}{
		"I420":                 {pixelsI420, 12, append(append(bytes.Clone(luma), half(100, 100)...), half(200, 200)...)},
		"NV12":                 {pixelsNV12, 12, append(bytes.Clone(luma), row(100, 200, 100, 200)...)},
		"YUYV":                 {pixelsYUYV, 16, append(bytes.Clone(packed), packed...)},
		"YUYV without padding": {pixelsYUYV, 0, append(bytes.Clone(packed[:8]), packed[:8]...)},
	}
	for name, test := range tests {
		var pool media.Pool
		m := cameraMode{pixels: test.pixels, width: 4, height: 2, stride: test.stride}
		f, err := convert(&pool, m, test.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for y := range 2 {
			if got := f.Y[y*f.StrideY:][:4]; !bytes.Equal(got, []byte{50, 50, 150, 150}) {
				t.Errorf("%s: row %d is %v", name, y, got)
			}
		}
		if f.U[0] != 100 || f.U[1] != 100 || f.V[0] != 200 || f.V[1] != 200 {
			t.Errorf("%s: chroma %v %v", name, f.U[:2], f.V[:2])
		}
		f.Release()
		if _, err := convert(&pool, m, test.raw[:len(test.raw)/2]); !errors.Is(err, errBadPicture) {
			t.Errorf("%s: half a picture: %v, want errBadPicture", name, err)
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%s: %d pictures were not given back to the pool", name, n)
		}
	}
}

// motionJPEG is a picture of one colour as a camera sends it: without Huffman tables.
func motionJPEG(t testing.TB, width, height int, c color.Color) (full, bare []byte) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.Set(i%width, i/width, c)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	full = b.Bytes()
	for at := 2; at < len(full); { // cut the tables out
		length := 2 + int(full[at+2])<<8 + int(full[at+3])
		if full[at+1] == markerSOS {
			bare = append(bare, full[at:]...)
			break
		}
		if full[at+1] != markerDHT {
			bare = append(bare, full[at:at+length]...)
		}
		at += length
	}
	return full, append(bytes.Clone(full[:2]), bare...)
}

func TestMotionJPEGIsDecodedWithAndWithoutTables(t *testing.T) {
	full, bare := motionJPEG(t, 36, 20, color.RGBA{200, 100, 50, 255})
	if len(bare) >= len(full) {
		t.Fatal("no tables were cut out")
	}
	for name, raw := range map[string][]byte{"with": full, "without": bare, "rubbish before": append([]byte{0, 0, 0}, bare...)} {
		var pool media.Pool
		f, err := convert(&pool, cameraMode{pixels: pixelsMJPEG, width: 36, height: 20}, raw)
		if err != nil {
			t.Errorf("%s tables: %v", name, err)
			continue
		}
		// BT.601, limited range: 16 + (65.5*200 + 128.6*100 + 25*50)/255 and so on.
		y, u, v := int(f.Y[10*f.StrideY+10]), int(f.U[5*f.StrideUV+5]), int(f.V[5*f.StrideUV+5])
		if abs(y-123) > 2 || abs(u-91) > 2 || abs(v-176) > 2 {
			t.Errorf("%s tables: colour %d %d %d, want 123 91 176", name, y, u, v)
		}
		f.Release()
	}
}

// busyJPEG is a picture with some content, of 4:2:0.
func busyJPEG(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = byte(i*7 + i/width*3)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = byte(i), byte(i/width*5)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBothDecodersOfMotionJPEGAgree(t *testing.T) {
	if !turbojpeg.Available {
		t.Skip("libjpeg-turbo is not in this build")
	}
	d, err := turbojpeg.New()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	pictures := map[string][]byte{"4:2:0": busyJPEG(t, 322, 246), "4:2:0, odd": busyJPEG(t, 323, 247)}
	for _, name := range []string{"422", "440", "444", "grey"} { // testdata/README tells where they are from
		raw, err := os.ReadFile("testdata/" + name + ".jpg")
		if err != nil {
			t.Fatal(err)
		}
		pictures[name] = raw
	}
	for name, raw := range pictures {
		c, err := jpeg.DecodeConfig(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		var pool media.Pool
		a, b := pool.Frame(c.Width&^1, c.Height&^1), pool.Frame(c.Width&^1, c.Height&^1)
		if err := errors.Join(d.Decode(a, raw), decodeMJPEG(b, raw)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for plane, worst := range map[string]int{
			"Y": difference(a.Y, b.Y, a.Width, a.StrideY),
			"U": difference(a.U, b.U, a.Width/2, a.StrideUV),
			"V": difference(a.V, b.V, a.Width/2, a.StrideUV),
		} {
			if worst > 3 { // their inverse transforms round differently
				t.Errorf("%s: %s differs by %d", name, plane, worst)
			}
		}
		a.Release()
		b.Release()
	}
}

// difference is the greatest of two planes.
func difference(a, b []byte, width, stride int) (greatest int) {
	for i := range a {
		if i%stride < width {
			greatest = max(greatest, abs(int(a[i])-int(b[i])))
		}
	}
	return greatest
}

func TestColoursInQuartersAreRefusedByBothDecoders(t *testing.T) {
	raw, err := os.ReadFile("testdata/411.jpg")
	if err != nil {
		t.Fatal(err)
	}
	var pool media.Pool
	c := newConverter(&pool, cameraMode{pixels: pixelsMJPEG, width: 98, height: 66})
	defer c.close()
	f := pool.Frame(98, 66)
	defer f.Release()
	if _, err := c.convert(raw); !errors.Is(err, errBadPicture) {
		t.Errorf("convert: %v", err)
	}
	if err := decodeMJPEG(f, raw); err == nil {
		t.Error("image/jpeg's twin took it")
	}
}

func BenchmarkDecodeMotionJPEG(b *testing.B) {
	raw := busyJPEG(b, 1280, 720)
	for _, name := range []string{"libjpeg-turbo", "Go"} {
		b.Run(name, func(b *testing.B) {
			var pool media.Pool
			c := newConverter(&pool, cameraMode{pixels: pixelsMJPEG, width: 1280, height: 720})
			defer c.close()
			if name == "Go" {
				c.close()
				c.fast = nil
			}
			b.ReportAllocs()
			for b.Loop() {
				f, err := c.convert(raw)
				if err != nil {
					b.Fatal(err)
				}
				f.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/picture")
		})
	}
}

func TestMotionJPEGOfAnotherSizeIsDroppedBeforeItIsDecoded(t *testing.T) {
	full, _ := motionJPEG(t, 36, 20, color.White)
	var pool media.Pool
	if _, err := convert(&pool, cameraMode{pixels: pixelsMJPEG, width: 640, height: 480}, full); !errors.Is(err, errBadPicture) {
		t.Errorf("convert: %v, want errBadPicture", err)
	}
}

func TestColoursOfEverySubsamplingBecomeTheSame(t *testing.T) {
	var pool media.Pool
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio444,
	} {
		img := image.NewYCbCr(image.Rect(0, 0, 5, 5), ratio)
		for y := range 5 {
			for x := range 5 {
				img.Y[img.YOffset(x, y)] = 255
				img.Cb[img.COffset(x, y)] = byte(100 + 40*(x/2))
				img.Cr[img.COffset(x, y)] = byte(100 + 40*(y/2))
			}
		}
		f := pool.Frame(4, 4)
		if err := fromYCbCr(f, img, &limitedLuma, &limitedChroma); err != nil {
			t.Errorf("%v: %v", ratio, err)
		}
		if f.Y[0] != 235 || f.U[0] != limitedChroma[100] || f.U[1] != limitedChroma[140] || f.V[f.StrideUV] != limitedChroma[140] {
			t.Errorf("%v: luma %d, U %v, V %d", ratio, f.Y[0], f.U[:2], f.V[f.StrideUV])
		}
		if err := fromYCbCr(f, image.NewYCbCr(image.Rect(0, 0, 3, 4), ratio), &limitedLuma, &limitedChroma); err == nil {
			t.Errorf("%v: a smaller picture was taken", ratio)
		}
		f.Release()
	}
}

func FuzzMotionJPEG(f *testing.F) {
	full, bare := motionJPEG(f, 16, 16, color.White)
	f.Add(full)
	f.Add(bare)
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xFF, 0xFF, 0xE0, 0, 2, 0xFF, 0xDA})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var pool media.Pool
		p, err := convert(&pool, cameraMode{pixels: pixelsMJPEG, width: 16, height: 16}, raw)
		if err == nil {
			p.Release()
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures were not given back to the pool", n)
		}
	})
}

func abs(n int) int { return max(n, -n) }
