package y4m_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"confab/conference/media"
	"confab/conference/media/capture/y4m"
)

func TestHeaderWordsAreUnderstood(t *testing.T) {
	tests := map[string]y4m.Header{
		"YUV4MPEG2 W352 H288 F30:1 Ip A1:1 C420jpeg":                         {Width: 352, Height: 288, Numerator: 30, Denominator: 1},
		"YUV4MPEG2 W1280 H720 F30000:1001 Ip A0:0 C420mpeg2 XYSCSS=420MPEG2": {Width: 1280, Height: 720, Numerator: 30000, Denominator: 1001},
		"YUV4MPEG2 H1 W1":                             {Width: 1, Height: 1, Numerator: 30, Denominator: 1},
		"YUV4MPEG2 W2 H2 F0:0 I? C420paldv Zwhat":     {Width: 2, Height: 2, Numerator: 30, Denominator: 1},
		"YUV4MPEG2 W2 H2 F25:1 C420 XCOLORRANGE=FULL": {Width: 2, Height: 2, Numerator: 25, Denominator: 1, FullRange: true},
	}
	for line, want := range tests {
		if got, err := y4m.ParseHeader(line); err != nil || got != want {
			t.Errorf("ParseHeader(%q) = %+v, %v, want %+v", line, got, err, want)
		}
	}
}

func TestHeaderThatCannotBePlayedSaysWhy(t *testing.T) {
	tests := map[string]string{
		"":                                   "not a YUV4MPEG2 file",
		"RIFF":                               "not a YUV4MPEG2 file",
		"YUV4MPEG2":                          "no size",
		"YUV4MPEG2 W352":                     "no size",
		"YUV4MPEG2 W0 H288":                  `"W0"`,
		"YUV4MPEG2 W8193 H288":               "8192",
		"YUV4MPEG2 W-1 H288":                 `"W-1"`,
		"YUV4MPEG2 W2 H99999999999999999999": "8192",
		"YUV4MPEG2 W2 H2 It":                 "deinterlace",
		"YUV4MPEG2 W2 H2 Ib":                 "interlaced",
		"YUV4MPEG2 W2 H2 Im":                 "interlaced",
		"YUV4MPEG2 W2 H2 C422":               "4:2:0",
		"YUV4MPEG2 W2 H2 C420p10":            "8 bits",
		"YUV4MPEG2 W2 H2 Cmono":              "4:2:0",
		"YUV4MPEG2 W2 H2 F30":                "fraction",
		"YUV4MPEG2 W2 H2 F0:1":               "rate",
		"YUV4MPEG2 W2 H2 F1001:1":            "rate",
		"YUV4MPEG2 W2 H2 F1:61":              "rate",
		"YUV4MPEG2 W2 H2 F99999999999:1":     "fraction",
	}
	for line, want := range tests {
		if _, err := y4m.ParseHeader(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseHeader(%q): error %v, want one with %q", line, err, want)
		}
	}
}

// clip is a file of n pictures of 3x3 whose luma is their number, their chroma 100 and 200 more.
func clip(n int) []byte {
	var b bytes.Buffer
	b.WriteString("YUV4MPEG2 W3 H3 F25:1\n")
	for i := range n {
		b.WriteString("FRAME")
		if i%2 == 1 {
			b.WriteString(" Xsome parameters that make the line longer")
		}
		b.WriteByte('\n')
		b.Write(bytes.Repeat([]byte{byte(i)}, 9))
		b.Write(bytes.Repeat([]byte{byte(i + 100)}, 4))
		b.Write(bytes.Repeat([]byte{byte(i + 200)}, 4))
	}
	return b.Bytes()
}

func TestPicturesAreReadSkippedAndRewound(t *testing.T) {
	r, err := y4m.NewReader(bytes.NewReader(clip(4)))
	if err != nil {
		t.Fatal(err)
	}
	var pool media.Pool
	f := pool.Frame(3, 3)
	defer f.Release()
	for range 2 {
		for want := range byte(4) {
			if want == 2 {
				if err := r.Skip(); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := r.Read(f); err != nil {
				t.Fatal(err)
			}
			last := f.StrideUV + 1
			if f.Y[0] != want || f.Y[2*f.StrideY+2] != want || f.U[last] != want+100 || f.V[last] != want+200 {
				t.Errorf("picture %d is %d %d %d", want, f.Y[0], f.U[last], f.V[last])
			}
		}
		if err := r.Read(f); !errors.Is(err, io.EOF) {
			t.Errorf("Read at the end: %v, want EOF", err)
		}
		if err := r.Skip(); !errors.Is(err, io.EOF) {
			t.Errorf("Skip at the end: %v, want EOF", err)
		}
		r.Rewind()
	}
}

func TestTornLastPictureIsLeftOut(t *testing.T) {
	whole := clip(2)
	for cut := 1; cut < len(clip(2))-len(clip(1)); cut++ {
		r, err := y4m.NewReader(bytes.NewReader(whole[:len(whole)-cut]))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(); err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(); !errors.Is(err, io.EOF) {
			t.Fatalf("%d bytes short: %v, want EOF", cut, err)
		}
	}
}

func TestFileWithoutAPictureIsRefused(t *testing.T) {
	tests := map[string]string{
		"":                                  "not a YUV4MPEG2 file",
		"YUV4MPEG2 W3 H3":                   "not a YUV4MPEG2 file",
		"YUV4MPEG2 W3 H3\n":                 "no picture",
		string(clip(1)[:30]):                "no picture",
		"YUV4MPEG2 W3 H3\nFRAMES\n12345678": "no picture at byte 16",
		strings.Repeat("x", 3000):           "longer than 1024",
		"YUV4MPEG2 W3 H3\n" + strings.Repeat("FRAME", 200): "longer than 256",
	}
	for file, want := range tests {
		if _, err := y4m.NewReader(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewReader(%.40q): error %v, want one with %q", file, err, want)
		}
	}
}
