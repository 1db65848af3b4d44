package audio

import "math"

const (
	// needWindow is over how many frames the least of their ages is taken.
	needWindow = 25
	// together is how close Pulls are that count as one: a device that takes much at a time has several.
	together = 3 * millisecond
	// maxStride is the longest distance of Pulls that counts; beyond, somebody slept. strideFade is the
	// share by which the greatest distance fades with each Pull: half in 1 s.
	maxStride  = 60 * millisecond
	strideFade = 1.0 / 128
)

// need tells how old frames are when they are needed: when a Pull finds less than a block ready. That age
// is all that waits for late packets. It changes by whole distances of Pulls only, whatever is put in or
// taken out: what is ready beyond, when a frame is needed, is delay that serves nobody.
type need struct {
	last   int64   // the last Pull
	stride float64 // greatest distance of Pulls of late, samples
	ready  int     // samples before the first of the Pulls that came together

	// Least of the present window, and of the one before it.
	least, before frameNeed
	count         int
	stale         bool // something was put in or taken out since the last frame was needed
}

// frameNeed is how old a frame is when it is needed, and what is ready then, in samples.
type frameNeed struct{ age, over float64 }

// unknown is more than any.
var unknown = frameNeed{math.Inf(1), math.Inf(1)}

func (f frameNeed) least(g frameNeed) frameNeed {
	return frameNeed{min(f.age, g.age), min(f.over, g.over)}
}

// forget is for a stream that begins, or goes on elsewhere.
func (n *need) forget() { n.least, n.before, n.count, n.stale = unknown, unknown, 0, false }

// pull notes a Pull with so many samples ready.
func (n *need) pull(at int64, ready int) {
	apart := at - n.last
	n.last = at
	if apart < together {
		return
	}
	n.ready = ready
	n.stride = max(block, n.stride-(n.stride-block)*strideFade)
	if apart <= maxStride {
		n.stride = max(n.stride, float64(apart))
	}
}

// see notes that a frame of that age is needed.
func (n *need) see(age float64) {
	switch {
	case n.stale:
		n.forget()
	case n.count == needWindow:
		n.least, n.before, n.count = unknown, n.least, 0
	}
	n.least = n.least.least(frameNeed{age, float64(n.ready)})
	n.count++
}

// known is the least age of late, and the least that was ready; false before there is one.
func (n *need) known() (frameNeed, bool) {
	f := n.least.least(n.before)
	return f, !math.IsInf(f.age, 1)
}

// move follows samples put in or taken out: frames are needed later or sooner by a whole number of
// strides, the rest stays ready.
func (n *need) move(samples int) {
	f, ok := n.known()
	if !ok {
		return
	}
	over := f.over + float64(samples)
	strides := math.Floor(over / n.stride)
	n.least, n.before = frameNeed{f.age + strides*n.stride, over - strides*n.stride}, unknown
	n.stale = true
}

// shift follows the shortest way.
func (n *need) shift(samples int) {
	n.least.age += float64(samples)
	n.before.age += float64(samples)
}
