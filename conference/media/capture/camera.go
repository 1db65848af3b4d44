package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
)

// cameraStream is a running camera. Next and Close belong to one goroutine.
type cameraStream interface {
	// Next waits for the next picture, which the caller releases. An error that wraps errBadPicture
	// concerns that picture only.
	Next() (*media.VideoFrame, error)
	Interrupt() // ends a waiting Next, from any goroutine
	Close() error
}

// errBadPicture marks a picture that arrived damaged; the next one may be good.
var errBadPicture = errors.New("damaged picture")

const (
	// maxBadPictures is how many pictures in a row may be damaged before the camera is given up: ten
	// seconds at 30 a second.
	maxBadPictures = 300
	// firstPatience is how long a camera may take for its first picture, of which some need three seconds;
	// later it is started again after stallPatience without one.
	firstPatience = 5 * time.Second
	stallPatience = 2 * time.Second
	// maxRestarts is how often a camera is started again before it is given up, restartPause how long it is
	// let alone before each time but the first.
	maxRestarts  = 3
	restartPause = time.Second
)

// camera reads a running camera as fast as it gives pictures, and keeps the newest. One that has stopped
// giving them is started again.
type camera struct {
	id      string
	open    func() (cameraStream, error) // starts it again
	report  func(error)
	running sync.WaitGroup
	ready   chan struct{} // capacity 1: "look again"
	closing

	restarts int // without a picture since; owned by run

	mu      sync.Mutex
	stream  cameraStream
	newest  *media.VideoFrame // nil: read already
	err     error             // why the camera ended
	dropped int               // damaged pictures
}

// newCamera starts reading a camera, which is closed by the camera's Close. open starts the same camera
// again; report, which may be nil, is told when that was needed.
func newCamera(id string, stream cameraStream, open func() (cameraStream, error), report func(error)) *camera {
	if report == nil {
		report = func(error) {}
	}
	c := &camera{
		id: id, open: open, report: report, ready: make(chan struct{}, 1), closing: newClosing(),
		stream: stream,
	}
	c.running.Go(func() { c.run(stream) })
	return c
}

// run reads until the camera ends or is interrupted.
func (c *camera) run(stream cameraStream) {
	for stream != nil {
		err := c.read(stream)
		_ = stream.Close() // its error was told by Next already
		stream, err = c.restart(err)
		if err != nil {
			c.put(nil, err)
		}
	}
}

// read reads one life of the camera. It returns why that ended; nil if the camera was closed.
func (c *camera) read(stream cameraStream) error {
	w := c.watch(stream)
	defer w.stop()
	bad := 0 // in a row
	for {
		f, err := stream.Next()
		switch {
		case err == nil:
			bad = 0
		case errors.Is(err, errBadPicture) && bad < maxBadPictures:
			bad++
		case w.stalled.Load():
			return ErrStalled
		default:
			return err
		}
		w.timer.Reset(stallPatience)
		if !c.put(f, nil) {
			return nil
		}
		if f != nil && c.restarts > 0 {
			c.restarts = 0
			c.report(&RestartError{Camera: c.id})
		}
	}
}

// watchdog interrupts a stream that stalls.
type watchdog struct {
	timer   *time.Timer // reset by each picture
	stalled atomic.Bool
	over    atomic.Bool // the stream's life
}

// watch begins to watch a stream. If even interrupting does not help, the readers are told at least.
func (c *camera) watch(stream cameraStream) *watchdog {
	w := &watchdog{}
	w.timer = time.AfterFunc(firstPatience, func() {
		w.stalled.Store(true)
		stream.Interrupt()
		time.AfterFunc(closePatience, func() {
			if !w.over.Load() {
				c.put(nil, fmt.Errorf("%w: its driver hangs", ErrStalled))
			}
		})
	})
	return w
}

func (w *watchdog) stop() {
	w.over.Store(true)
	w.timer.Stop()
}

// restart starts a camera that stalled again, and gives up after some times. It returns nil and nil when
// the camera was closed meanwhile.
func (c *camera) restart(cause error) (cameraStream, error) {
	if !errors.Is(cause, ErrStalled) || c.open == nil {
		return nil, cause
	}
	for c.restarts < maxRestarts {
		c.restarts++
		if !c.pause(restartPause * time.Duration(min(c.restarts-1, 1))) {
			return nil, nil // never open what the user has closed
		}
		stream, err := c.open()
		switch {
		case err == nil && c.replace(stream):
			return stream, nil
		case err == nil: // closed
			return nil, stream.Close()
		case errors.Is(err, ErrNotFound):
			return nil, fmt.Errorf("%w: %w", ErrGone, cause)
		}
		cause = fmt.Errorf("%w: start again: %w", ErrStalled, err)
	}
	return nil, cause
}

// pause waits; false if the camera was closed meanwhile.
func (c *camera) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.done:
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// replace makes a new life of the camera the one that Close interrupts; false if that has happened.
func (c *camera) replace(stream cameraStream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream = stream
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// put makes f the newest picture, or notes why there will be none. Without either it counts a damaged
// one. It answers false once the camera is closed.
func (c *camera) put(f *media.VideoFrame, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done:
		if f != nil {
			f.Release()
		}
		return false
	default:
	}
	if f == nil && err == nil {
		c.dropped++
		return true
	}
	if f != nil {
		if c.newest != nil {
			c.newest.Release()
		}
		c.newest = f
	}
	c.err = err
	select {
	case c.ready <- struct{}{}:
	default:
	}
	return true
}

// take gives the newest picture if it was not read yet, else why the camera ended, if it did.
func (c *camera) take() (f *media.VideoFrame, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, c.newest = c.newest, nil
	if f == nil && c.err != nil {
		return nil, fmt.Errorf("read camera %q: %w", c.id, c.err)
	}
	return f, nil
}

// Read implements VideoSource.
func (c *camera) Read(ctx context.Context) (*media.VideoFrame, error) {
	for {
		select {
		case <-c.done:
			return nil, io.EOF
		default:
		}
		if f, err := c.take(); f != nil || err != nil {
			return f, err
		}
		select {
		case <-c.ready:
		case <-c.done:
			return nil, io.EOF
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Dropped is how many pictures arrived damaged and were left out.
func (c *camera) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// closePatience is how long Close waits for a driver that hangs.
const closePatience = 2 * time.Second

// Close implements VideoSource. The camera is free for others when it returns, unless its driver hangs.
func (c *camera) Close() error {
	_ = c.shut(nil)
	c.mu.Lock()
	stream := c.stream
	c.mu.Unlock()
	stream.Interrupt()
	err := waitFor(&c.running, fmt.Sprintf("close camera %q", c.id))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.newest != nil {
		c.newest.Release()
		c.newest = nil
	}
	return err
}

// waitFor waits for goroutines that end soon unless a driver hangs; then it gives up with an error.
func waitFor(running *sync.WaitGroup, what string) error {
	ended := make(chan struct{})
	go func() { // ends with the goroutines it waits for
		running.Wait()
		close(ended)
	}()
	timer := time.NewTimer(closePatience)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return fmt.Errorf("%s: driver hangs", what)
	}
}
