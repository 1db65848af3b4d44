package capture

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
)

// fakeStream is a camera that gives what a test sends.
type fakeStream struct {
	results     chan result
	interrupted chan struct{}
	closed      chan struct{}
	deaf        atomic.Bool // does not hear Interrupt
	once        sync.Once
}

type result struct {
	frame *media.VideoFrame
	err   error
}

func newFakeStream() *fakeStream {
	return &fakeStream{results: make(chan result), interrupted: make(chan struct{}), closed: make(chan struct{})}
}

func (s *fakeStream) Next() (*media.VideoFrame, error) {
	select {
	case r := <-s.results:
		return r.frame, r.err
	case <-s.interrupted:
		return nil, io.EOF
	}
}

func (s *fakeStream) Interrupt() {
	if !s.deaf.Load() {
		s.once.Do(func() { close(s.interrupted) })
	}
}

func (s *fakeStream) Close() error { close(s.closed); return nil }

// give sends a picture whose luma is n.
func (s *fakeStream) give(pool *media.Pool, n byte) {
	f := pool.Frame(2, 2)
	f.Y[0] = n
	s.results <- result{frame: f}
	synctest.Wait()
}

func TestReaderOfACameraGetsTheNewestPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		s := newFakeStream()
		c := newCamera("fake", s, nil, nil)
		for n := range byte(5) {
			s.give(&pool, n)
		}
		f, err := c.Read(t.Context())
		if err != nil || f.Y[0] != 4 {
			t.Fatalf("Read = %v, %v, want picture 4", f, err)
		}
		f.Release()
		late := pool.Frame(2, 2)
		late.Y[0] = 9
		time.AfterFunc(time.Second, func() { s.results <- result{frame: late} })
		if f, err = c.Read(t.Context()); err != nil || f.Y[0] != 9 {
			t.Fatalf("Read = %v, %v, want picture 9", f, err)
		}
		f.Release()
		s.give(&pool, 10) // nobody reads it
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		<-s.closed
		if _, err := c.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("Read after Close: %v, want EOF", err)
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures were not given back to the pool", n)
		}
	})
}

func TestDamagedPicturesAreDroppedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		s := newFakeStream()
		c := newCamera("fake", s, nil, nil)
		defer c.Close()
		for range 3 {
			s.results <- result{err: errBadPicture}
		}
		s.give(&pool, 7)
		f, err := c.Read(t.Context())
		if err != nil || f.Y[0] != 7 || c.Dropped() != 3 {
			t.Fatalf("Read = %v, %v after %d damaged pictures, want picture 7 after 3", f, err, c.Dropped())
		}
		f.Release()
		for range maxBadPictures + 1 {
			s.results <- result{err: errBadPicture}
		}
		if _, err := c.Read(t.Context()); !errors.Is(err, errBadPicture) {
			t.Errorf("Read of a camera that gives rubbish alone: %v", err)
		}
	})
}

func TestUnpluggedCameraIsGoneAfterItsLastPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool media.Pool
		s := newFakeStream()
		c := newCamera("fake", s, nil, nil)
		defer c.Close()
		s.give(&pool, 1)
		s.results <- result{err: ErrGone}
		<-s.closed
		f, err := c.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.Release()
		for range 2 {
			if _, err := c.Read(t.Context()); !errors.Is(err, ErrGone) {
				t.Errorf("Read: %v, want ErrGone", err)
			}
		}
	})
}

func TestWaitingReadOfACameraEndsWithContextOrClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCamera("fake", newFakeStream(), nil, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read: %v, want the context's error", err)
		}
		time.AfterFunc(time.Second, func() { c.Close() })
		if _, err := c.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("Read: %v, want EOF", err)
		}
	})
}

func TestCloseDoesNotWaitForADriverThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeStream()
		s.deaf.Store(true)
		c := newCamera("fake", s, nil, nil)
		start := time.Now()
		if err := c.Close(); err == nil || time.Since(start) != closePatience {
			t.Errorf("Close = %v after %v", err, time.Since(start))
		}
		close(s.interrupted)
		synctest.Wait()
	})
}

func TestModeNearestToTheWantedIsChosen(t *testing.T) {
	mode := func(p pixels, w, h int, fps float64) cameraMode {
		return cameraMode{pixels: p, width: w, height: h, framesPerSecond: fps}
	}
	webcam := []cameraMode{ // an ordinary USB 2 camera
		mode(pixelsYUYV, 160, 120, 30), mode(pixelsYUYV, 320, 240, 30), mode(pixelsYUYV, 640, 360, 30), mode(pixelsYUYV, 640, 480, 30),
		mode(pixelsYUYV, 640, 480, 15), mode(pixelsYUYV, 1280, 720, 10), mode(pixelsYUYV, 1920, 1080, 5),
		mode(pixelsMJPEG, 640, 480, 30), mode(pixelsMJPEG, 1280, 720, 30), mode(pixelsMJPEG, 1920, 1080, 30),
		mode(0, 1280, 720, 60), // a format unknown to us
	}
	raw := slices.Clone(webcam[:7])
	hd := VideoOptions{Width: 1280, Height: 720, FramesPerSecond: 30}
	tests := map[string]struct {
		modes []cameraMode
		want  VideoOptions
		mode  cameraMode
	}{
		"720p is compressed rather than slow":    {webcam, hd, mode(pixelsMJPEG, 1280, 720, 30)},
		"small is not compressed":                {webcam, VideoOptions{Width: 640, Height: 360, FramesPerSecond: 30}, mode(pixelsYUYV, 640, 360, 30)},
		"slow is enough when slow is wanted":     {webcam, VideoOptions{Width: 640, Height: 480, FramesPerSecond: 15}, mode(pixelsYUYV, 640, 480, 15)},
		"smooth goes before large":               {raw, hd, mode(pixelsYUYV, 640, 360, 30)},
		"4K falls to what there is":              {webcam, VideoOptions{Width: 3840, Height: 2160, FramesPerSecond: 30}, mode(pixelsMJPEG, 1920, 1080, 30)},
		"an unknown rate is taken on trust":      {[]cameraMode{mode(pixelsYUYV, 1280, 720, 0), mode(pixelsYUYV, 640, 480, 30)}, hd, mode(pixelsYUYV, 1280, 720, 0)},
		"larger rather than smaller":             {[]cameraMode{mode(pixelsYUYV, 640, 360, 30), mode(pixelsYUYV, 2560, 1440, 30)}, hd, mode(pixelsYUYV, 2560, 1440, 30)},
		"the easiest format of several":          {[]cameraMode{mode(pixelsYUYV, 1280, 720, 30), mode(pixelsI420, 1280, 720, 30), mode(pixelsNV12, 1280, 720, 30)}, hd, mode(pixelsI420, 1280, 720, 30)},
		"the aspect of the tile rather than 4:3": {[]cameraMode{mode(pixelsYUYV, 1280, 960, 30), mode(pixelsYUYV, 1280, 720, 30)}, hd, mode(pixelsYUYV, 1280, 720, 30)},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, test := range tests {
		for range 20 { // drivers shuffle their lists
			random.Shuffle(len(test.modes), func(i, j int) { test.modes[i], test.modes[j] = test.modes[j], test.modes[i] })
			if got, ok := chooseMode(test.modes, test.want); !ok || got != test.mode {
				t.Errorf("%s: %+v, %v, want %+v", name, got, ok, test.mode)
				break
			}
		}
	}
}

func TestModesThatCannotBeReadAreNotChosen(t *testing.T) {
	o := VideoOptions{Width: 1280, Height: 720, FramesPerSecond: 30}
	for _, m := range []cameraMode{
		{pixels: 0, width: 640, height: 480},
		{pixels: pixelsYUYV, width: 0, height: 480},
		{pixels: pixelsYUYV, width: 640, height: 1},
		{pixels: pixelsYUYV, width: 10000, height: 480},
		{pixels: pixelsYUYV, width: -640, height: 480},
		{pixels: pixelsYUYV, width: 640, height: 480, framesPerSecond: 1e9},
	} {
		if got, ok := chooseMode([]cameraMode{m}, o); ok {
			t.Errorf("chose %+v", got)
		}
	}
	if _, ok := chooseMode(nil, o); ok {
		t.Error("chose one of none")
	}
}
