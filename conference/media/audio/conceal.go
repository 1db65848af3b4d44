package audio

import "math"

const (
	// fadeLength is over how many samples made-up sound fades into real one: 5 ms.
	fadeLength = 5 * millisecond
	// reachOfJoint is for how long at most a joint waits for the best place.
	reachOfJoint = usualFrame - fadeLength - 1 - bucketWidth
	// likeness is the least correlation that a joint waits for.
	likeness = 0.3
)

// startJoint notes that what comes next must be joined to sound that the copy of the decoder makes.
func (p *Playout) startJoint() {
	if !p.joining {
		p.joining = true
		p.voice.fork()
	}
	p.gap = 0
}

// conceal makes up 10 ms. Every underrun so delays what follows by exactly its length, which is the
// fastest way to more delay. After maxConcealed the sound has faded away and the stream pauses.
func (p *Playout) conceal() {
	if !p.joining {
		p.startJoint()
	}
	x := p.scratch[:block]
	p.voice.conceal(x)
	p.gap += block
	p.run += block
	p.move(block)
	if p.run >= maxConcealed {
		fadeOut(x)
		p.hushed = true
		p.enter(starved)
	}
	p.line.put(x, concealed)
}

// join fades made-up sound into x, which comes next, and returns x without what was left out. The
// copy of the decoder goes on for 20 ms; where it is most like x, up to 12.5 ms later, they meet. With
// more than 10 ms in hand x itself is cut instead, by up to 10 ms that concealment has covered.
func (p *Playout) join(x []int16) []int16 {
	made := p.concealment[:]
	if p.hushed {
		clear(made)
	} else {
		p.voice.conceal(made)
	}
	width := min(fadeLength, len(x))
	wait, skip := 0, 0
	if inHand := int(p.ahead()); inHand > 10*millisecond {
		_, skip = alike(x, made[:width], min(inHand, p.gap, block))
	} else if c, lag := alike(made, x[:width], reachOfJoint); c > likeness {
		wait = lag
	}
	p.line.put(made[:wait], concealed)
	p.move(wait - skip)
	x = x[skip:]
	for i := range width {
		a := (float32(i) + 0.5) / float32(width)
		x[i] = int16(float32(made[wait+i])*(1-a) + float32(x[i])*a)
	}
	p.joining, p.hushed, p.gap, p.run = false, false, 0, 0
	return x
}

// alike finds the lag, at most reach, at which x looks most like y, and their correlation there.
func alike(x, y []int16, reach int) (correlation float64, lag int) {
	var yy float64
	for i := 0; i < len(y); i += 2 {
		yy += float64(y[i]) * float64(y[i])
	}
	correlation = -1
	for l := 0; l <= min(reach, len(x)-len(y)); l += 2 {
		var xy, xx float32
		for i := 0; i < len(y); i += 2 {
			a, b := float32(x[l+i]), float32(y[i])
			xy += a * b
			xx += a * a
		}
		if c := float64(xy) / math.Sqrt(float64(xx)*yy+1); c > correlation {
			correlation, lag = c, l
		}
	}
	return correlation, lag
}

// fadeOut lets x fade to silence.
func fadeOut(x []int16) {
	for i := range x {
		x[i] = int16(int(x[i]) * (len(x) - i) / len(x))
	}
}
