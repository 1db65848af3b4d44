package echo

// trialBlocks are what a change of the delay is tried with.
const trialBlocks = 12

// past is what was heard lately, and what was left of it.
type past struct {
	heard [trialBlocks][block]float32 // a ring
	left  [trialBlocks]float32        // powers
	count int64
}

func (p *past) add(heard, left *[block]float32) {
	i := p.count % trialBlocks
	p.heard[i], p.left[i] = *heard, power(left[:])
	p.count++
}

// better says whether what was heard lately is explained better with the reader moved by so many samples and the
// filter as it was when last it was good, and then leaves both so. What has changed is the delay alone then: what the
// filter knew of the room holds again.
//
//go:norace
func (c *Canceller) better(move float64) bool {
	r, f, rate := &c.reference, c.filter, c.timeline.rate
	if r.hole || !f.saved || c.past.count < trialBlocks || r.at+move+kernelHalf > float64(r.source.head()) {
		return false
	}
	at := r.at
	f.swap()
	r.at += move - trialBlocks*block*rate
	r.restore(f, directParts, rate)
	var y [hop]float32
	var heard, before, after, estimate float32
	for i := range int64(trialBlocks) {
		b := (c.past.count + i) % trialBlocks
		heard += power(c.past.heard[b][:])
		before += c.past.left[b]
		r.next()
		for h := range block / hop {
			f.push(r.hop(h))
			f.estimate(y[:])
			estimate += power(y[:])
			for k, v := range c.past.heard[b][h*hop:][:hop] {
				y[k] = v - y[k]
			}
			after += power(y[:])
		}
	}
	ok := after+0.5*estimate < heard && after < 0.8*before
	r.at = at
	if ok {
		r.at += move
	} else {
		f.swap()
	}
	r.restore(f, directParts, rate)
	return ok
}
