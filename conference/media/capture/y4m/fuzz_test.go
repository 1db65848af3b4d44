package y4m_test

import (
	"bytes"
	"testing"

	"confab/conference/media"
	"confab/conference/media/capture/y4m"
)

func FuzzReader(f *testing.F) {
	f.Add(clip(2))
	f.Add([]byte("YUV4MPEG2 W352 H288 F30000:1001 It C420p10 XCOLORRANGE=FULL\nFRAME\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := y4m.NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		if r.Width < 1 || r.Height < 1 || r.Width > media.MaxDimension || r.Height > media.MaxDimension ||
			r.Numerator < 1 || r.Denominator < 1 || r.Width*r.Height > len(file) {
			t.Fatalf("accepted %+v in a file of %d bytes", r.Header, len(file))
		}
		var pool media.Pool
		p := pool.Frame(r.Width, r.Height)
		defer p.Release()
		for range len(file) {
			if r.Read(p) != nil {
				return
			}
		}
		t.Error("more pictures than bytes")
	})
}
