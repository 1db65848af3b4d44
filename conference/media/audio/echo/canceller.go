package echo

import (
	"math"
	"time"
)

// saveEvery is how many blocks pass between two looks at whether the filter is worth saving.
const saveEvery = 25

// Options are what may be chosen of a Canceller. The zero value is what a call uses.
type Options struct {
	// FilterOnly leaves the suppressor, the comfort noise and the guard out, to measure what the filter does.
	FilterOnly bool
}

// Canceller takes the echo out of a microphone's sound. Process is called by one goroutine at a time and
// Render by one, which may be another: neither waits. Stats is safe from any goroutine.
type Canceller struct {
	options Options
	played  played
	stats   published

	// owned by Process
	blocks     int64 // so far
	timeline   timeline
	search     *search
	aligner    aligner
	drift      drift
	reference  reference
	filter     *filter
	guard      guard
	suppressor *suppressor
	meter      meter

	past              past
	lookout           [block]float32 // what was played, by the timeline
	heard, echo, left [block]float32 // the microphone, the estimate, their difference
}

// New makes a canceller that knows nothing yet.
func New(o Options) *Canceller {
	c := &Canceller{
		options: o, search: newSearch(), drift: drift{rate: 1}, filter: newFilter(), guard: newGuard(),
		suppressor: newSuppressor(),
	}
	c.timeline = timeline{source: &c.played, rate: 1}
	c.reference.reader = reader{source: &c.played, rate: 1}
	return c
}

// Render takes what the loudspeaker has played since the last call, full scale 1, any number of samples at
// 48 kHz mono. Reports may come up to 40 ms late without harm.
func (c *Canceller) Render(sound []float32) { c.played.write(sound) }

// Process takes 10 ms of the microphone, 480 samples of full scale 1, and fills out, as long, with the
// 10 ms before them without the echo. Both may be the same slice. shape, which may be nil, is called once
// with the spectrum of the frame, to be changed in place: 513 bins of a frame of 20 ms under the root of a
// Hann window, padded to 1024. It comes after the echo is suppressed and before comfort noise.
func (c *Canceller) Process(microphone, out []float32, shape func(re, im []float32)) {
	for i, v := range (*[block]float32)(microphone) {
		c.heard[i] = sound(v)
	}
	out = out[:block]
	c.blocks++
	speaking := c.fetch()
	c.subtract()
	c.past.add(&c.heard, &c.left)
	c.judge(speaking)
	c.suppressor.analyze(c.left[:], c.echo[:])
	c.steer(speaking)
	shut := c.guard.shut(c.aligner.locked)
	if c.options.FilterOnly || !c.aligner.locked && !shut {
		c.suppressor.pass(out, shape)
	} else {
		c.suppressor.suppress(out, shut, shape)
	}
	if c.search.add(&c.lookout, &c.heard) && c.search.clear {
		c.align()
	}
	c.publish(out, speaking)
}

// fetch reads what was played. It reports whether the far talker speaks.
func (c *Canceller) fetch() (speaking bool) {
	c.timeline.rate = 1 + c.drift.excess
	if jump := c.timeline.advance(); jump != 0 {
		c.search.refill(&c.played, int64(c.timeline.at)-block)
		c.reference.at += jump
		c.reference.hole = c.reference.hole && jump > 0 // else it goes on where it began to lack
		c.aligner.jumped(c.blocks)
		if jump > 0 && c.aligner.locked {
			c.reference.restore(c.filter, directParts, c.timeline.rate)
		}
	}
	c.played.copy(int64(c.timeline.at)-block, c.lookout[:])
	newest := c.lookout[:]
	if c.aligner.locked {
		c.reference.rate = c.drift.rate
		c.reference.mend(c.filter, c.timeline.rate)
		c.reference.next()
		newest = c.reference.newest()
	}
	const audible = 1e-5 // -50 dBFS
	return power(newest) > audible*block
}

// subtract takes the estimate of the echo off, and learns of what is left.
//
//go:norace
func (c *Canceller) subtract() {
	if !c.aligner.locked {
		clear(c.echo[:])
		c.left = c.heard
		return
	}
	memory := c.memory()
	for h := range block / hop {
		c.filter.push(c.reference.hop(h))
		heard, echo, left := c.heard[h*hop:][:hop], c.echo[h*hop:][:hop], c.left[h*hop:][:hop]
		c.filter.estimate(echo)
		for i, v := range heard {
			left[i] = v - echo[i]
		}
		if !c.reference.hole && c.guard.suspended == 0 {
			c.filter.learn(left, memory)
		}
	}
}

// memory is how long the filter believes what it has learnt: little at first, while the clocks still move.
func (c *Canceller) memory() float32 {
	switch age := c.blocks - c.aligner.since; {
	case age < seconds(3):
		return 0.998
	case age < seconds(8):
		return 0.9994
	}
	return 0.9998
}

// judge tells the guard how well the estimate fits.
func (c *Canceller) judge(speaking bool) {
	g := &c.guard
	if !speaking {
		g.idle++
		g.judge(false)
		return
	}
	if g.idle > int(seconds(1)) { // nothing old is believed
		c.drift.catch()
		c.search.forget()
		g.forget()
	}
	g.idle = 0
	g.watch(powers{power(c.echo[:]), power(c.heard[:]), power(c.left[:])})
	if g.judge(true) {
		c.search.forget()
		c.aligner.agreeing = 0
	}
	if g.good() && c.blocks%saveEvery == 0 && c.aligner.slope.apart == 0 {
		c.filter.save()
	}
	if c.aligner.locked && g.diverged() {
		c.filter.forget()
		g.forget()
	}
}

// steer keeps the reader in step with the microphone.
func (c *Canceller) steer(speaking bool) {
	switch {
	case !c.aligner.locked:
	case !speaking:
		c.drift.coast()
	default:
		slip, weight := c.suppressor.slip()
		move := c.drift.turn(slip, weight, float64(c.blocks-c.aligner.first)*block/sampleRate)
		if move != 0 {
			c.reference.at += move
			c.reference.restore(c.filter, directParts, c.timeline.rate)
		}
	}
}

// align moves the reader to where the search has found the echo.
func (c *Canceller) align() {
	t := &c.timeline
	heard := t.at - c.search.lag // index of what is heard now
	offset, place := heard-float64(c.blocks*block), c.reference.at-heard
	if move := c.aligner.anchor - place; c.aligner.suspects(place) && c.better(move) {
		c.aligner.stepped(c.blocks, offset, false)
		c.stepped(move)
		c.guard.misfit = 0
		return
	}
	verdict, move := c.aligner.weigh(c.blocks, offset, place, c.fit(), c.filter.saved)
	switch verdict {
	case locked:
		c.reference.at = max(min(heard+lead, t.at+t.low()-kernelHalf), heard+leastLead)
		c.aligner.anchor = c.reference.at - heard
		c.reference.restore(c.filter, directParts, t.rate)
		c.filter.doubt()
	case stay:
		if c.aligner.confirmed(c.reference.at - heard) { // it is the room that has changed
			c.guard.suspended = 0
		}
	case step:
		c.reference.at += move
		c.reference.restore(c.filter, directParts, t.rate)
		c.stepped(move)
		if c.filter.saved { // which was tried in vain
			c.filter.doubt()
		}
	case relearn:
		c.filter.doubt()
	}
	if slope, known := c.aligner.slope.value(); known {
		c.drift.regress(slope, c.blocks-c.aligner.since > seconds(3))
	}
}

// stepped goes on after the reader has moved: the timeline takes part in it, and what was measured before tells nothing.
func (c *Canceller) stepped(move float64) {
	c.drift.catch()
	c.guard.forget()
	c.search.forget()
	if c.timeline.follow(move) {
		c.search.refill(&c.played, int64(c.timeline.at)-block)
	}
}

// fit is how well the filter explains what is heard.
func (c *Canceller) fit() fit {
	switch {
	case c.guard.works() && c.drift.weight > 0.4:
		return explains
	case c.guard.works() && !c.guard.harms():
		return works
	case c.guard.fails():
		return fails
	}
	return unclear
}

// Stats is the state after the last block.
func (c *Canceller) Stats() Stats { return c.stats.load() }

func (c *Canceller) publish(out []float32, speaking bool) {
	alone := speaking && c.aligner.locked && c.suppressor.residual.near < 0.5
	c.meter.watch(power(c.heard[:]), power(out), alone)
	if !c.aligner.locked {
		return
	}
	behind := c.timeline.at + cushion - (c.reference.at - c.aligner.anchor)
	c.stats.store(Stats{
		Locked: true, EchoReturnLossEnhancement: c.meter.enhancement(), Drift: c.drift.excess * 1e6,
		Delay: time.Duration(math.Round(behind / sampleRate * float64(time.Second))),
	})
}
