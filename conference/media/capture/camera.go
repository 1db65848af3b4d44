package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
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

// maxBadPictures is how many pictures in a row may be damaged before the camera is given up: ten seconds
// at 30 a second.
const maxBadPictures = 300

// camera reads a running camera as fast as it gives pictures, and keeps the newest.
type camera struct {
	id      string
	stream  cameraStream
	running sync.WaitGroup
	ready   chan struct{} // capacity 1: "look again"
	closing

	mu      sync.Mutex
	newest  *media.VideoFrame // nil: read already
	err     error             // why the camera ended
	dropped int               // damaged pictures
}

// newCamera starts reading a camera, which is closed by the camera's Close.
func newCamera(id string, stream cameraStream) *camera {
	c := &camera{id: id, stream: stream, ready: make(chan struct{}, 1), closing: newClosing()}
	c.running.Go(c.run)
	return c
}

// run reads until the camera ends or is interrupted.
func (c *camera) run() {
	defer c.stream.Close()
	bad := 0 // in a row
	for {
		f, err := c.stream.Next()
		switch {
		case err == nil:
			bad = 0
		case errors.Is(err, errBadPicture) && bad < maxBadPictures:
			bad++
		default:
			c.put(nil, err)
			return
		}
		if !c.put(f, nil) {
			return
		}
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
	c.stream.Interrupt()
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
