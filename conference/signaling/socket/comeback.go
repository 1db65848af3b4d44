package socket

import (
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"confab/conference/signaling"
)

// steady is how long a socket must have lived for the pauses to be short again.
const steady = 10 * time.Second

// glance is how often the machine's addresses are looked at while an attempt waits.
const glance = 2 * time.Second

// Comeback says when a driver is to dial a lost server again: after pauses that grow, and soon after the machine
// has other addresses than at the last attempt, for then a network is back, or is another one. It belongs to one
// goroutine.
type Comeback struct {
	machine  func() ([]net.Addr, error)
	timer    *time.Timer
	entered  time.Time
	attempts int
	next     time.Time // the next attempt, unless the addresses change before
	from     []string  // the machine's addresses at the last attempt
	refusal  error     // why the server last refused to let us in again
}

// NewComeback gives one for a room that was entered. machine gives the machine's addresses; nil: as the system
// tells them. Stop ends it.
func NewComeback(machine func() ([]net.Addr, error)) *Comeback {
	if machine == nil {
		machine = net.InterfaceAddrs
	}
	c := &Comeback{machine: machine, timer: time.NewTimer(time.Hour), entered: time.Now()}
	c.timer.Stop()
	return c
}

// Due has a value in it when it is time to ask Now.
func (c *Comeback) Due() <-chan time.Time { return c.timer.C }

// Now tells whether an attempt is to be made. If not, Due will have a value again.
func (c *Comeback) Now() bool {
	addresses := c.addresses()
	moved := !slices.Equal(addresses, c.from)
	if !moved && time.Now().Before(c.next) {
		c.wait()
		return false
	}
	if moved {
		c.attempts = 0
	}
	c.from = addresses
	return true
}

// Entered notes that the room was entered again.
func (c *Comeback) Entered() { c.entered, c.refusal = time.Now(), nil }

// Lost notes that the socket is lost, and begins to wait for an attempt.
func (c *Comeback) Lost() {
	if time.Since(c.entered) >= steady {
		c.attempts = 0
	}
	c.from = c.addresses()
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
	c.next = time.Now().Add(signaling.RetryPause(c.attempts, rand.Float64()))
	c.attempts++
	c.wait()
}

func (c *Comeback) wait() { c.timer.Reset(min(time.Until(c.next), glance)) }

// addresses are the machine's, in order. One that does not tell them has none, always.
func (c *Comeback) addresses() []string {
	all, err := c.machine()
	if err != nil {
		return nil
	}
	var texts []string
	for _, a := range all {
		texts = append(texts, a.String())
	}
	slices.Sort(texts)
	return texts
}

// Final tells whether it makes no sense, or is not wanted, that we come back to a server that says err.
func Final(err error) bool {
	return errors.Is(err, signaling.ErrKicked) || errors.Is(err, signaling.ErrReplaced)
}
