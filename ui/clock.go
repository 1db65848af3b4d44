package ui

import (
	"time"

	"fyne.io/fyne/v2"
)

// tickInterval is the least time between two ticks of the display clock: 30 a second. A little less than
// a thirtieth, because Fyne animates 60 times a second and every second frame must not be missed by a
// hair.
const tickInterval = time.Second/30 - 4*time.Millisecond

// clock is the one clock of everything that moves: an endless animation, so its ticks come on the UI
// goroutine just before the window is painted, and all tiles together cost one painting.
type clock struct {
	tick      func(now time.Time)
	last      time.Time
	animation *fyne.Animation
}

func newClock(tick func(now time.Time)) *clock {
	c := &clock{tick: tick}
	c.animation = &fyne.Animation{
		Duration:    time.Second,
		RepeatCount: fyne.AnimationRepeatForever,
		Curve:       fyne.AnimationLinear,
		Tick:        func(float32) { c.frame(time.Now()) },
	}
	return c
}

func (c *clock) frame(now time.Time) {
	if now.Sub(c.last) < tickInterval {
		return
	}
	c.last = now
	c.tick(now)
}

func (c *clock) start() { c.animation.Start() }
func (c *clock) stop()  { c.animation.Stop() }
