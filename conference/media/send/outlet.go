package send

import (
	"time"

	"confab/conference/media"
)

// outlet is what the loop knows of a peer.
type outlet struct {
	peer       *VideoPeer
	wish       wish
	budget     media.Budget
	climber    climber
	generation uint64 // of the budget, for which a key frame has been ordered
	demand     int    // that the line was told
	layer      uint8  // the highest it gets
	current    *tier  // what the peer gets; nil: nothing yet
	target     *tier  // what it should get, once that has a key frame; nil: nothing
}

// ask makes the line's budget for a demand in bits per second the present one.
func (o *outlet) ask(demand int) {
	if demand != o.demand {
		o.demand = demand
		o.peer.line.SetDemand(demand)
	}
	o.budget = o.peer.line.Budget()
}

// rest ends what the peer gets.
func (o *outlet) rest() {
	if o.demand != 0 {
		o.demand = 0
		o.peer.line.SetDemand(0)
	}
	o.target = nil
	o.climber.stop()
	o.move(nil)
}

// aim makes t the tier that the peer should get, and orders the key frame that takes it there, or that
// the line needs.
func (o *outlet) aim(t *tier) {
	o.target = t
	switch {
	case o.budget.Hold: // nothing passes: a key frame would be in vain
	case o.budget.Generation != o.generation:
		o.generation = o.budget.Generation
		t.gate.hurry()
	case o.current != t || o.budget.NeedKey:
		t.gate.request()
	}
}

// move makes t the tier that the peer gets.
func (o *outlet) move(t *tier) {
	o.current = t
	if t == nil {
		o.peer.tierName.Store(nil)
		return
	}
	o.peer.tierName.Store(&t.name)
}

// send pushes a picture of a tier if it is for the peer, and tells whether that takes it to the tier.
func (o *outlet) send(now time.Time, t *tier, f *media.EncodedFrame) (moved bool) {
	arrives := f.KeyFrame && o.target == t && o.current != t
	if o.current != t && !arrives {
		return false
	}
	o.layer = layerFor(o.layer, t.usable(o.budget.BitsPerSecond), int(t.targetBitrate.Load()))
	top := min(o.wish.layer, o.layer)
	o.peer.layer.Store(int32(min(top, o.budget.TopLayer)))
	if !o.peer.line.Push(now, f, top) {
		return false
	}
	o.peer.framesSent.Add(1)
	if arrives {
		o.move(t)
	}
	return arrives
}
