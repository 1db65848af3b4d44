package capture_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/media/capture/pattern"
)

// openTest opens a small test picture.
func openTest(t *testing.T, spec string, o capture.VideoOptions) capture.VideoSource {
	t.Helper()
	if o.Width == 0 {
		o.Width, o.Height = 320, 180
	}
	src, err := capture.OpenVideo(t.Context(), spec, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// readCode reads a picture and its code.
func readCode(t *testing.T, src capture.VideoSource) pattern.Code {
	t.Helper()
	f, err := src.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	c, ok := pattern.ReadCode(f)
	if !ok {
		t.Fatal("picture without a code")
	}
	return c
}

func TestTestPicturesComeAtTheRateAskedFor(t *testing.T) {
	for _, fps := range []float64{7.5, 15, 29.97, 30, 60} {
		synctest.Test(t, func(t *testing.T) {
			src := openTest(t, "test", capture.VideoOptions{FramesPerSecond: fps})
			start := time.Now()
			for n := range uint32(50) {
				c := readCode(t, src)
				want := time.Duration(float64(n) / fps * float64(time.Second))
				if d := time.Since(start) - want; c.Frame != n || d.Abs() > time.Microsecond {
					t.Fatalf("%v per second: picture %d came %v after its time, want %d on time", fps, c.Frame, d, n)
				}
			}
		})
	}
}

func TestLateReaderGetsTheNewestTestPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := openTest(t, "test", capture.VideoOptions{FramesPerSecond: 10})
		readCode(t, src)
		time.Sleep(1050 * time.Millisecond)
		c := readCode(t, src)
		if c.Frame != 10 || time.Since(c.At) > time.Millisecond {
			t.Errorf("read picture %d, drawn %v ago, want 10, drawn now", c.Frame, time.Since(c.At))
		}
		if c := readCode(t, src); c.Frame != 11 {
			t.Errorf("then picture %d, want 11", c.Frame)
		}
	})
}

func TestTestPicturesHaveTheSourceOfTheirLabel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for spec, label := range map[string]string{"test": "test", "test:ana": "ana"} {
			if c := readCode(t, openTest(t, spec, capture.VideoOptions{})); c.Source != pattern.SourceOf(label) {
				t.Errorf("%s: source %d, want that of %q", spec, c.Source, label)
			}
		}
	})
}

func TestTestScreenIsAPageWithACode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		src, err := capture.OpenScreen(t.Context(), "test", capture.VideoOptions{Pool: &pool})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		start := time.Now()
		for range 16 {
			f, err := src.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if f.Width != 1280 || f.Height != 800 || !f.Captured.Equal(time.Now()) {
				t.Errorf("screen of %dx%d captured %v", f.Width, f.Height, f.Captured)
			}
			if c, ok := pattern.ReadCode(f); !ok || c.Source != pattern.SourceOf("screen") {
				t.Errorf("code %+v, %v, want one of the source \"screen\"", c, ok)
			}
			f.Release()
		}
		if d := time.Since(start); (d - time.Second).Abs() > time.Microsecond {
			t.Errorf("15 pictures took %v, want 1 s", d)
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures were not given back to the pool", n)
		}
	})
}

func TestCloseEndsAReadThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := openTest(t, "test", capture.VideoOptions{FramesPerSecond: 0.01})
		readCode(t, src)
		done := make(chan error)
		go func() {
			_, err := src.Read(t.Context())
			done <- err
		}()
		synctest.Wait()
		src.Close()
		if err := <-done; !errors.Is(err, io.EOF) {
			t.Errorf("Read: %v, want EOF", err)
		}
		if err := src.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
		if _, err := src.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("Read after Close: %v, want EOF", err)
		}
	})
}

func TestContextEndsAReadThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := openTest(t, "test", capture.VideoOptions{FramesPerSecond: 0.01})
		readCode(t, src)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := src.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read: %v, want the context's error", err)
		}
	})
}
