package audio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/record"
)

// maxCatchUp is how late the clock may be and still make up for every 10 ms; a machine that slept for
// longer goes on from where it woke.
const maxCatchUp = 10 * time.Second

// clocked takes the place of a speaker: each 20 ms by the clock, as sound cards do, it calls fill twice
// and writes the sound to a file, if it has one.
type clocked struct {
	fill    func(time.Time, *media.AudioFrame)
	sink    *record.WAV // nil: nowhere
	report  func(error)
	release func(io.Closer)

	stop chan struct{}
	once sync.Once
	done chan struct{} // closed by run
	err  error         // of closing the file; written before done is closed

	// Owned by run.
	next  time.Time // when the next 10 ms begin
	frame media.AudioFrame
}

// newClocked begins at once. An empty path means no file; a file that is there is replaced.
func newClocked(path string, fill func(time.Time, *media.AudioFrame), report func(error), release func(io.Closer)) (*clocked, error) {
	c := &clocked{
		fill: fill, report: report, release: release,
		stop: make(chan struct{}), done: make(chan struct{}), next: time.Now(),
	}
	if path != "" {
		if there, err := os.Lstat(path); err == nil && there.Mode().IsRegular() {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
		f, err := record.CreateWAV(path)
		if err != nil {
			return nil, err
		}
		c.sink = f
	}
	go c.run() // waited for by Close
	return c, nil
}

func (c *clocked) run() {
	defer close(c.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-c.stop:
			c.play(time.Now())
			c.closeSink()
			return
		case now := <-timer.C:
			next := c.play(now)
			timer.Reset(time.Until(next.Add(media.FrameDuration)))
		}
	}
}

// play fills and writes what is due, and gives the instant at which the next 10 ms begin.
func (c *clocked) play(now time.Time) time.Time {
	if now.Sub(c.next) > maxCatchUp {
		c.next = now
	}
	for ; !c.next.After(now); c.next = c.next.Add(media.FrameDuration) {
		c.fill(now, &c.frame)
		c.write(&c.frame)
	}
	return c.next
}

// write appends to the file; after the first error the sound goes nowhere.
func (c *clocked) write(frame *media.AudioFrame) {
	if c.sink == nil {
		return
	}
	if err := c.sink.Write(frame.Samples[:]); err != nil {
		c.report(fmt.Errorf("write sound: %w", errors.Join(err, c.sink.Close())))
		c.sink = nil
	}
}

func (c *clocked) closeSink() {
	if c.sink == nil {
		return
	}
	if err := c.sink.Close(); err != nil {
		c.err = fmt.Errorf("close sound file: %w", err)
	}
}

// Close ends the clock and completes the file.
func (c *clocked) Close() error {
	c.once.Do(func() { close(c.stop) })
	<-c.done
	c.release(c)
	return c.err
}
