package capture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// clip writes a file of n pictures of 4x2 whose luma is their number.
func clip(t *testing.T, header string, n int) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W4 H2 %s\n", header)
	for i := range n {
		b.WriteString("FRAME\n")
		b.Write(bytes.Repeat([]byte{byte(i)}, 8))
		b.Write([]byte{0, 1, 2, 255})
	}
	path := filepath.Join(t.TempDir(), "clip.y4m")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVideoFilePlaysAtItsOwnRateAndLoops(t *testing.T) {
	path := clip(t, "F25:1", 7)
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		src, err := capture.OpenVideo(t.Context(), "file:"+path, capture.VideoOptions{Width: 640, Height: 480, FramesPerSecond: 60, Pool: &pool})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		start := time.Now()
		for n := range 30 {
			f, err := src.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if int(f.Y[0]) != n%7 || f.Width != 4 || f.Height != 2 || f.U[1] != 1 || f.V[1] != 255 {
				t.Errorf("picture %d is number %d of %dx%d, want %d", n, f.Y[0], f.Width, f.Height, n%7)
			}
			if at := time.Duration(n) * 40 * time.Millisecond; time.Since(start) != at || f.Captured.Sub(start) != at {
				t.Errorf("picture %d came after %v, captured at %v, want %v", n, time.Since(start), f.Captured.Sub(start), at)
			}
			f.Release()
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures were not given back to the pool", n)
		}
	})
}

func TestLateReaderMissesPicturesOfAFile(t *testing.T) {
	path := clip(t, "F10:1", 7)
	synctest.Test(t, func(t *testing.T) {
		src, err := capture.OpenVideo(t.Context(), "file:"+path, capture.VideoOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		for _, step := range []struct {
			wait time.Duration
			want byte
		}{{0, 0}, {0, 1}, {350 * time.Millisecond, 4}, {0, 5}, {550 * time.Millisecond, 10 % 7}, {24 * time.Hour, (864000 + 10) % 7}, {0, (864000 + 11) % 7}} {
			time.Sleep(step.wait)
			f, err := src.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if f.Y[0] != step.want {
				t.Errorf("after %v: picture %d, want %d", step.wait, f.Y[0], step.want)
			}
			f.Release()
		}
	})
}

func TestFullRangeFileBecomesLimited(t *testing.T) {
	src, err := capture.OpenVideo(t.Context(), "file:"+clip(t, "F25:1 XCOLORRANGE=FULL", 1), capture.VideoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	f, err := src.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	if f.Y[0] != 16 || f.V[1] != 240 {
		t.Errorf("luma 0 became %d, chroma 255 %d, want 16 and 240", f.Y[0], f.V[1])
	}
}

func TestFileThatShrinksWhileItPlaysEndsInAnError(t *testing.T) {
	path := clip(t, "F1000:1", 3)
	src, err := capture.OpenVideo(t.Context(), "file:"+path, capture.VideoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if f, err := src.Read(ctx); err != nil {
		t.Fatal(err)
	} else {
		f.Release()
	}
	if err := os.Truncate(path, 30); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Read(ctx); !errors.Is(err, capture.ErrFormat) {
		t.Errorf("Read: %v, want ErrFormat", err)
	}
}

func TestClosedVideoFileIsAtItsEnd(t *testing.T) {
	src, err := capture.OpenVideo(t.Context(), "file:"+clip(t, "F25:1", 1), capture.VideoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := src.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := src.Read(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("Read: %v, want EOF", err)
	}
}
