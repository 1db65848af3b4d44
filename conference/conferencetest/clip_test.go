package conferencetest_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/conferencetest"
	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/codec/vpx"
)

func TestAClipGivesThirtyNumberedPicturesASecond(t *testing.T) {
	clip := conferencetest.NewClip(320, 180, "Ana")
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		camera := clip.Open(&pool)
		start := time.Now()
		for n := range uint32(61) {
			f, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c, ok := pattern.ReadCodeInPlace(f)
			if !ok || c.Frame != n || c.Source != pattern.SourceOf("Ana") || c.At.Sub(f.Captured).Abs() > ms {
				t.Errorf("picture %d: %+v, %v", n, c, ok)
			}
			f.Release()
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("61 pictures in %v, want 2 s", d)
		}
		time.Sleep(time.Second)
		f, err := camera.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c, _ := pattern.ReadCodeInPlace(f); c.Frame != 90 {
			t.Errorf("a second later picture %d, want the newest, 90", c.Frame)
		}
		f.Release()
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d frames outstanding", n)
		}
		if err := errors.Join(camera.Close(), camera.Close()); err != nil {
			t.Error(err)
		}
		if _, err := camera.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("read of a closed camera: %v", err)
		}
	})
}

// A clip that compresses to nothing would fill no path.
func TestAClipFillsTheRateOfItsTier(t *testing.T) {
	clip := conferencetest.NewClip(640, 360, "Ana")
	e, err := vpx.NewEncoder(vpx.EncoderOptions{Width: 640, Height: 360, BitsPerSecond: 800_000, FramesPerSecond: 30})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		camera := clip.Open(&pool)
		size, dropped := 0, 0
		for n := range 120 {
			f, err := camera.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			encoded, err := e.Encode(f, false)
			f.Release()
			switch {
			case err != nil:
				t.Fatal(err)
			case encoded == nil:
				dropped++
			case n >= 60:
				size += len(encoded.Data)
			}
		}
		if rate := size * 8 / 2; rate < 720_000 || rate > 920_000 || dropped > 0 {
			t.Errorf("%d bit/s and %d dropped pictures, want some 800,000 and none", rate, dropped)
		}
	})
}

func TestAVoiceNeverPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := conferencetest.NewVoice()
		start := time.Now()
		for n := range 100 {
			f, err := v.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if at := start.Add(time.Duration(n) * media.FrameDuration); !f.Captured.Equal(at) {
				t.Fatalf("block %d is of %v, want %v", n, f.Captured, at)
			}
			if l := audio.Level(f.Samples[:]); l < 0.003 || l > 0.3 {
				t.Errorf("block %d has the level %.4f", n, l)
			}
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("100 blocks in %v, want 1 s", d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := v.Read(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("read with an ended context: %v", err)
		}
		if err := errors.Join(v.Close(), v.Close()); err != nil {
			t.Error(err)
		}
		if _, err := v.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("read of a closed voice: %v", err)
		}
	})
}
