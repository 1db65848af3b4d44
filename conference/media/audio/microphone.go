package audio

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
)

const (
	// pollInterval is how often a cable is looked at. The callback at its other end runs on a thread of
	// the sound system and must not wake anybody.
	pollInterval = 2500 * time.Microsecond
	// maxBacklog is what may wait for a reader of a microphone; beyond it all but the newest
	// keptBacklog is left out.
	maxBacklog  = 100 * millisecond
	keptBacklog = 20 * millisecond
)

// microphone reads what a device's callback writes into its cable.
type microphone struct {
	plugged *atomic.Pointer[cable] // nil in it: there is no device
	release func(io.Closer)

	done chan struct{}
	once sync.Once

	// Owned by Read.
	timer *time.Timer
	cable *cable // the one that the last block came from
	seam  seam
}

func newMicrophone(plugged *atomic.Pointer[cable], release func(io.Closer)) *microphone {
	return &microphone{
		plugged: plugged, release: release, seam: newSeam(media.SampleRate),
		done: make(chan struct{}), timer: time.NewTimer(pollInterval),
	}
}

// Read waits for the next 10 ms; io.EOF after Close.
func (m *microphone) Read(ctx context.Context) (f media.AudioFrame, err error) {
	for {
		select {
		case <-m.done:
			return media.AudioFrame{}, io.EOF
		default:
		}
		if m.next(&f) {
			return f, nil
		}
		m.timer.Reset(pollInterval)
		select {
		case <-m.timer.C:
		case <-m.done:
		case <-ctx.Done():
			return media.AudioFrame{}, ctx.Err()
		}
	}
}

// next takes the oldest 10 ms there are; false if there are none yet.
func (m *microphone) next(f *media.AudioFrame) bool {
	c := m.plugged.Load()
	if c == nil {
		return false
	}
	if c != m.cable { // what waits in the one before is left there
		m.cable = c
		m.seam.cut()
	}
	waiting := c.waiting()
	if waiting > maxBacklog {
		c.skip(keptBacklog)
		waiting = keptBacklog
		m.seam.cut()
	}
	if !c.take(&f.Samples) {
		return false
	}
	f.Captured = time.Now().Add(-time.Duration(waiting)*time.Second/media.SampleRate - c.stream.Delay())
	m.seam.join(f.Samples[:])
	return true
}

// Close lets the device go.
func (m *microphone) Close() error {
	m.once.Do(func() {
		close(m.done)
		m.release(m)
	})
	return nil
}
