package capture

import (
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
)

// stalling is a camera that a test starts again.
type stalling struct {
	pool media.Pool

	mu      sync.Mutex
	streams []*fakeStream
	errs    []error // what starting it again fails with, first to last; nil: it works
	told    []error
}

func (s *stalling) camera() *camera {
	s.streams = append(s.streams, newFakeStream())
	return newCamera("usb-1/Webcam", s.streams[0], s.again, s.report)
}

func (s *stalling) report(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, err)
}

// lives is how many there were, and what was reported of them.
func (s *stalling) lives() (int, []error) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.streams), s.told
}

func (s *stalling) again() (cameraStream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.errs) > 0 {
		err := s.errs[0]
		if s.errs = s.errs[1:]; err != nil {
			return nil, err
		}
	}
	s.streams = append(s.streams, newFakeStream())
	return s.streams[len(s.streams)-1], nil
}

// newest is the life of the camera that runs.
func (s *stalling) newest() *fakeStream {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[len(s.streams)-1]
}

// show gives a picture and reads it.
func (s *stalling) show(t *testing.T, c *camera, n byte) {
	t.Helper()
	s.newest().give(&s.pool, n)
	f, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Y[0] != n {
		t.Errorf("picture %d, want %d", f.Y[0], n)
	}
	f.Release()
}

// end closes the camera and looks that nothing is left.
func (s *stalling) end(t *testing.T, c *camera) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for _, stream := range s.streams {
		<-stream.closed
	}
	if n := s.pool.Outstanding(); n != 0 {
		t.Errorf("%d pictures were not given back to the pool", n)
	}
}

func TestACameraThatStallsIsStartedAgainAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stalling
		c := s.camera()
		time.Sleep(firstPatience - time.Millisecond) // some take their time
		for n := range byte(3) {
			s.show(t, c, n)
			time.Sleep(stallPatience - time.Millisecond)
		}
		s.show(t, c, 3)
		if n, _ := s.lives(); n != 1 {
			t.Fatal("a slow camera was started again")
		}
		for range 2 * maxRestarts { // any number of times, if there are pictures in between
			began := time.Now()
			before, _ := s.lives()
			for now := before; now == before; now, _ = s.lives() {
				time.Sleep(10 * time.Millisecond)
			}
			if took := time.Since(began); took > stallPatience+20*time.Millisecond {
				t.Errorf("started again after %v", took)
			}
			s.show(t, c, byte(before))
			s.show(t, c, byte(before)+1)
		}
		var restart *RestartError
		if _, told := s.lives(); len(told) != 2*maxRestarts || !errors.As(told[0], &restart) || restart.Camera != "usb-1/Webcam" || !errors.Is(told[0], ErrStalled) {
			t.Errorf("told %v", told)
		}
		s.end(t, c)
	})
}

func TestACameraThatStaysSilentIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stalling
		c := s.camera()
		began := time.Now()
		if _, err := c.Read(t.Context()); !errors.Is(err, ErrStalled) {
			t.Errorf("Read: %v, want ErrStalled", err)
		}
		lives, told := s.lives()
		if took := time.Since(began); lives != 1+maxRestarts || took > 25*time.Second || len(told) != 0 {
			t.Errorf("given up after %v and %d lives; told %v", took, lives, told)
		}
		s.end(t, c)
	})
}

func TestACameraThatIsGoneWhenItIsToStartAgainIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stalling{errs: []error{ErrBusy, ErrNotFound}}
		c := s.camera()
		if _, err := c.Read(t.Context()); !errors.Is(err, ErrGone) {
			t.Errorf("Read: %v, want ErrGone", err)
		}
		s.end(t, c)
	})
}

func TestACameraThatIsBusyForAWhileStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stalling{errs: []error{ErrBusy, ErrBusy}}
		c := s.camera()
		s.show(t, c, 1)
		time.Sleep(stallPatience + 2*restartPause + time.Second)
		s.show(t, c, 2)
		s.end(t, c)
	})
}

func TestClosingACameraEndsItsRestart(t *testing.T) {
	for _, after := range []time.Duration{firstPatience, firstPatience + restartPause/2, 2*firstPatience + restartPause/2} {
		synctest.Test(t, func(t *testing.T) {
			s := stalling{errs: []error{ErrBusy}}
			c := s.camera()
			time.Sleep(after)
			s.end(t, c)
			if _, err := c.Read(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("Read after Close: %v", err)
			}
			time.Sleep(time.Minute)
		})
	}
}

func TestReadersOfACameraWhoseDriverHangsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stalling
		c := s.camera()
		s.streams[0].deaf.Store(true)
		if _, err := c.Read(t.Context()); !errors.Is(err, ErrStalled) {
			t.Errorf("Read: %v, want ErrStalled", err)
		}
		if err := c.Close(); err == nil {
			t.Error("Close hides that the driver hangs")
		}
		close(s.streams[0].interrupted)
		<-s.streams[0].closed
		if n, _ := s.lives(); n != 1 {
			t.Error("a camera was opened after it was closed")
		}
	})
}
