package socket

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"confab/conference/signaling"
)

// steady is how long a socket must have lived for the pauses to be short again.
const steady = 10 * time.Second

// Comeback says when a driver is to dial a lost server again. It belongs to one goroutine.
type Comeback struct {
	timer    *time.Timer
	entered  time.Time
	attempts int
	refusal  error // why the server last refused to let us in again
}

// NewComeback gives one for a room that was entered. Stop ends it.
func NewComeback() *Comeback {
	c := &Comeback{timer: time.NewTimer(time.Hour), entered: time.Now()}
	c.timer.Stop()
	return c
}

// Due has a value in it when it is time for an attempt.
func (c *Comeback) Due() <-chan time.Time { return c.timer.C }

// Entered notes that the room was entered again.
func (c *Comeback) Entered() { c.entered, c.refusal = time.Now(), nil }

// Lost notes that the socket is lost, and begins to wait for an attempt.
func (c *Comeback) Lost() {
	if time.Since(c.entered) >= steady {
		c.attempts = 0
	}
	c.pause()
}

// Failed notes that an attempt came to nothing, and waits for the next one. It tells whether the reason is
// one that people can act on and that was not told before: the server is there, and does not let us in.
func (c *Comeback) Failed(err error) (tell bool) {
	c.pause()
	i := slices.IndexFunc(refusals, func(reason error) bool { return errors.Is(err, reason) })
	if i < 0 || c.refusal == refusals[i] {
		return false
	}
	c.refusal = refusals[i]
	return true
}

var refusals = []error{
	signaling.ErrUnauthorized, signaling.ErrRoomFull, signaling.ErrRoomLocked, signaling.ErrBadRoom,
	signaling.ErrVersion, signaling.ErrUntrusted, signaling.ErrNotSignaling,
}

// Stop ends the waiting.
func (c *Comeback) Stop() { c.timer.Stop() }

func (c *Comeback) pause() {
	c.timer.Reset(signaling.RetryPause(c.attempts, rand.Float64()))
	c.attempts++
}

// Final tells whether it makes no sense, or is not wanted, that we come back to a server that says err.
func Final(err error) bool {
	return errors.Is(err, signaling.ErrKicked) || errors.Is(err, signaling.ErrReplaced)
}
