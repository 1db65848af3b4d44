//go:build cgo

package pattern_test

import (
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/yuv"
)

func TestCodeSurvivesVP8At180pAndALowRate(t *testing.T) {
	var pool media.Pool
	encoder, err := vpx.NewEncoder(vpx.EncoderOptions{Width: 320, Height: 180, BitsPerSecond: 80_000, FramesPerSecond: 15})
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	decoder, err := vpx.NewDecoder(&pool)
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	var captured, small media.Pool
	painter := pattern.NewPainter(1280, 720, "survivor")
	start, read, sent, bytes := time.Now(), 0, 0, 0
	for n := range uint32(90) {
		f, s := captured.Frame(1280, 720), small.Frame(320, 180)
		painter.Draw(f, 2*n, start.Add(time.Duration(n)*time.Second/15))
		yuv.Scale(s, f)
		e, err := encoder.Encode(s, n == 0)
		f.Release()
		s.Release()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			continue // dropped to keep the rate
		}
		sent++
		bytes += len(e.Data)
		d, err := decoder.Decode(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := pattern.ReadCode(d); ok && c.Frame == 2*n && c.Source == pattern.SourceOf("survivor") {
			read++
		}
		d.Release()
	}
	if sent < 45 || read < sent {
		t.Errorf("read %d codes of %d pictures (90 drawn)", read, sent)
	}
	t.Logf("%d pictures, %d read, %d kbit/s", sent, read, bytes*8/6/1000)
}
