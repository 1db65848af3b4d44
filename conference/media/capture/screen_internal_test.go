package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/x11"
)

// fakeGrabber is a screen of whatever size, in one grey.
type fakeGrabber struct {
	width, height int
	err           error
	wait          time.Duration
	closed        bool
}

func (g *fakeGrabber) Grab() (x11.Picture, error) {
	time.Sleep(g.wait)
	pix := make([]byte, 4*g.width*g.height)
	for i := range pix {
		pix[i] = 255
	}
	return x11.Picture{Pix: pix, Stride: 4 * g.width, Width: g.width, Height: g.height}, g.err
}

func (g *fakeGrabber) Close() error { g.closed = true; return nil }

func openFake(t *testing.T, g *fakeGrabber, o VideoOptions) *screen {
	t.Helper()
	s, err := newScreen(o, func() (grabber, error) { return g, nil })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScreenIsReadAtItsRateInEvenSizesWithinTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct{ width, height, limitWidth, limitHeight, wantWidth, wantHeight int }{
			{64, 48, 0, 0, 64, 48},
			{65, 49, 0, 0, 64, 48},
			{64, 48, 640, 480, 64, 48},
			{128, 72, 64, 64, 64, 36},
			{72, 128, 64, 64, 36, 64},
			{129, 30, 64, 20, 64, 14},
		} {
			var pool media.Pool
			g := &fakeGrabber{width: test.width, height: test.height}
			s := openFake(t, g, VideoOptions{Width: test.limitWidth, Height: test.limitHeight, Pool: &pool})
			start := time.Now()
			for range 16 {
				f, err := s.Read(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if f.Width != test.wantWidth || f.Height != test.wantHeight || f.Y[0] < 234 || !f.Captured.Equal(time.Now()) {
					t.Errorf("%+v: picture of %dx%d, luma %d", test, f.Width, f.Height, f.Y[0])
				}
				f.Release()
			}
			if d := time.Since(start); (d - time.Second).Abs() > time.Microsecond {
				t.Errorf("16 pictures took %v, want 1 s", d)
			}
			for range 2 {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if !g.closed || pool.Outstanding() != 0 || s.native.Outstanding() != 0 {
				t.Errorf("after Close: grabber closed %v, %d and %d pictures out", g.closed, pool.Outstanding(), s.native.Outstanding())
			}
			if _, err := s.Read(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("Read after Close: %v, want EOF", err)
			}
		}
	})
}

func TestScreenThatIsUnpluggedIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFake(t, &fakeGrabber{err: fmt.Errorf("no such monitor: %w", fs.ErrNotExist)}, VideoOptions{})
		defer s.Close()
		if _, err := s.Read(t.Context()); !errors.Is(err, ErrGone) {
			t.Errorf("Read: %v, want ErrGone", err)
		}
	})
}

func TestReadOfAScreenThatHangsEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		s := openFake(t, &fakeGrabber{width: 8, height: 8, wait: time.Second}, VideoOptions{Pool: &pool})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := s.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read: %v, want the context's error", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures were not given back to the pool", n)
		}
	})
}

func TestScreenThatCannotBeOpenedSaysWhy(t *testing.T) {
	want := errors.New("no screen")
	if s, err := newScreen(VideoOptions{}, func() (grabber, error) { return nil, want }); s != nil || !errors.Is(err, want) {
		t.Errorf("newScreen = %v, %v, want %v", s, err, want)
	}
}
