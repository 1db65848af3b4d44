package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/x11"
	"confab/conference/media/yuv"
)

// screenPrefix starts the ID of a monitor of the X server; its name follows.
const screenPrefix = "x11:"

// Screens lists the monitors that can be captured. The error wraps ErrUnsupported if this system shows
// none.
func Screens() ([]Device, error) {
	monitors, err := x11.Monitors()
	if err != nil {
		return nil, fmt.Errorf("list screens: %w", screenError(err, ErrNotFound))
	}
	devices := make([]Device, len(monitors))
	primary := slices.IndexFunc(monitors, func(m x11.Monitor) bool { return m.Primary })
	for i, m := range monitors {
		devices[i] = Device{
			Kind: Screen, ID: screenPrefix + m.Name, Default: i == max(primary, 0),
			Name: fmt.Sprintf("%s (%d x %d)", m.Name, m.Width, m.Height),
		}
	}
	return devices, nil
}

// grabber takes pictures of a screen. All calls come from one OS thread.
type grabber interface {
	Grab() (x11.Picture, error)
	Close() error
}

func openScreen(spec string, o VideoOptions) (VideoSource, error) {
	name, ok := strings.CutPrefix(spec, screenPrefix)
	switch {
	case spec == "" || spec == specDefault:
		name = ""
	case !ok || name == "":
		return nil, fmt.Errorf("open screen %q: %w", spec, ErrNotFound)
	}
	s, err := newScreen(o, func() (grabber, error) {
		g, err := x11.Open(name)
		if err != nil {
			return nil, err // not a nil *Grabber in an interface
		}
		return g, nil
	})
	if err != nil {
		return nil, fmt.Errorf("open screen %q: %w", spec, screenError(err, ErrNotFound))
	}
	return s, nil
}

// screenError says in our words what x11 says in the standard library's; absent is what a monitor is
// that does not exist.
func screenError(err, absent error) error {
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", absent, err)
	}
	return err
}

// screen takes a picture of a screen whenever one is due and somebody reads.
type screen struct {
	options  VideoOptions // a size of 0: the screen's own
	pace     pace
	native   media.Pool // of pictures that are scaled down
	requests chan request
	running  sync.WaitGroup
	closing
}

// request asks the goroutine that has the grabber for a picture.
type request struct {
	ctx    context.Context // the reader's, which may give up
	answer chan answer
}

type answer struct {
	frame *media.VideoFrame
	err   error
}

// newScreen opens a grabber in a goroutine of its own, whose OS thread nobody else uses, until Close.
func newScreen(o VideoOptions, open func() (grabber, error)) (*screen, error) {
	o.fill(0, 0, 15)
	s := &screen{options: o, pace: paceOf(o.FramesPerSecond), requests: make(chan request), closing: newClosing()}
	opened := make(chan error)
	s.running.Go(func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		g, err := open()
		opened <- err
		if err == nil {
			s.run(g)
			g.Close()
		}
	})
	if err := <-opened; err != nil {
		s.running.Wait()
		return nil, err
	}
	return s, nil
}

// run answers requests until Close.
func (s *screen) run(g grabber) {
	for {
		select {
		case <-s.done:
			return
		case r := <-s.requests:
			f, err := s.grab(g)
			select {
			case r.answer <- answer{f, err}:
				continue
			case <-r.ctx.Done():
			case <-s.done:
			}
			if f != nil {
				f.Release()
			}
		}
	}
}

// grab takes a picture and converts it. An odd row or column at the edge is left out.
func (s *screen) grab(g grabber) (*media.VideoFrame, error) {
	p, err := g.Grab()
	if err != nil {
		return nil, err
	}
	width, height := p.Width&^1, p.Height&^1
	if width < 2 || height < 2 || width > media.MaxDimension || height > media.MaxDimension {
		return nil, fmt.Errorf("screen of %dx%d", p.Width, p.Height)
	}
	smallWidth, smallHeight := within(width, height, s.options.Width, s.options.Height)
	scaled := smallWidth != width || smallHeight != height
	pool := s.options.Pool
	if scaled {
		pool = &s.native // pools hold frames of one size
	}
	f := pool.Frame(width, height)
	f.Captured = time.Now()
	if err := yuv.FromBGRA(f, p.Pix, p.Stride); err != nil {
		f.Release()
		return nil, err
	}
	if !scaled {
		return f, nil
	}
	defer f.Release()
	small := s.options.Pool.Frame(smallWidth, smallHeight)
	small.Captured = f.Captured
	yuv.Scale(small, f)
	return small, nil
}

// within is the greatest even size of the same aspect that fits into a limit and is not larger than it
// was; a limit of 0 is none.
func within(width, height, maxWidth, maxHeight int) (int, int) {
	if maxWidth == 0 || width <= maxWidth && height <= maxHeight {
		return width, height
	}
	if width*maxHeight > maxWidth*height {
		return max(maxWidth&^1, 2), max(maxWidth*height/width&^1, 2)
	}
	return max(maxHeight*width/height&^1, 2), max(maxHeight&^1, 2)
}

// Read implements VideoSource.
func (s *screen) Read(ctx context.Context) (*media.VideoFrame, error) {
	if _, _, err := s.pace.wait(ctx, s.done); err != nil {
		return nil, err
	}
	r := request{ctx: ctx, answer: make(chan answer)}
	select {
	case s.requests <- r:
	case <-s.done:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-r.answer:
		if a.err != nil {
			return nil, fmt.Errorf("capture screen: %w", screenError(a.err, ErrGone))
		}
		return a.frame, nil
	case <-s.done:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close implements VideoSource. The connection to the screen is closed when it returns, unless its
// server hangs.
func (s *screen) Close() error {
	_ = s.shut(nil)
	return waitFor(&s.running, "close screen")
}
