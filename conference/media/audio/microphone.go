package audio

import (
	"context"
	"io"
	"sync"
	"time"

	"confab/conference/media"
)

const (
	// pollInterval is how often a ring is looked at. The callback at its other end runs on a thread of
	// the sound system and must not wake anybody.
	pollInterval = 2500 * time.Microsecond
	// maxBacklog is what may wait for a reader of a microphone; beyond it all but the newest
	// keptBacklog is left out.
	maxBacklog  = 100 * millisecond
	keptBacklog = 20 * millisecond
)

// microphone reads what a device's callback writes into the ring.
type microphone struct {
	ring    *pcm
	release func(io.Closer)

	done chan struct{}
	once sync.Once

	timer *time.Timer // owned by Read
}

func newMicrophone(ring *pcm, release func(io.Closer)) *microphone {
	return &microphone{
		ring: ring, release: release,
		done: make(chan struct{}), timer: time.NewTimer(pollInterval),
	}
}

// Read waits for the next 10 ms; io.EOF after Close.
func (m *microphone) Read(ctx context.Context) (media.AudioFrame, error) {
	for {
		select {
		case <-m.done:
			return media.AudioFrame{}, io.EOF
		default:
		}
		if ready := m.ring.ready(); ready >= block {
			return m.next(ready), nil
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

// next takes the oldest 10 ms of what is ready.
func (m *microphone) next(ready int) (f media.AudioFrame) {
	if ready > maxBacklog {
		m.ring.skip(ready - keptBacklog)
		ready = keptBacklog
	}
	f.Captured = time.Now().Add(-time.Duration(ready) * time.Second / media.SampleRate)
	m.ring.read(f.Samples[:])
	return f
}

// Close lets the device go.
func (m *microphone) Close() error {
	m.once.Do(func() {
		close(m.done)
		m.release(m)
	})
	return nil
}
