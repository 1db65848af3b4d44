package echo

import "math"

const (
	// fastest is the greatest difference of two clocks that is followed: crystals are within 100 millionths.
	fastest = 5e-4
	// greatestSlip is the greatest slip between the echo and its estimate that is believed: seconds.
	greatestSlip = 2e-4
	// Natural frequencies of the loop, in radians a second: while it is young, and then.
	youngLoop, settledLoop = 2.0, 1.2
	youngTime              = 4 // seconds
	// explained is how much of the band the estimate must explain for its phase to be believed.
	explained, youngExplained = 0.3, 0.1
	// After catchBlocks of speech the slip is known well enough to make it good at once. What is less than
	// leastCatch samples is the loop's; what is more than mostCatch is no slip.
	catchBlocks, leastCatch, mostCatch = 12, 0.05, 3
)

// drift follows the difference of the two clocks: first by the slope of the search's estimates, then by a
// second order phase locked loop on the slip between the echo and its estimate.
type drift struct {
	excess float64 // of the loudspeaker's rate over the microphone's
	rate   float64 // at which the reader reads: 1 + excess, and what the loop corrects

	slip, weight float64 // averaged: weighted slip in seconds, its weight

	catching int // blocks that are still to be heard before the slip is made good; 0: the loop runs
}

// forget drops the averages.
func (d *drift) forget() { d.slip, d.weight = 0, 0 }

// catch lets the slip be made good at once as soon as it is known: after a pause or a step.
func (d *drift) catch() {
	d.forget()
	d.catching = catchBlocks
}

// coast goes on without looking.
func (d *drift) coast() { d.rate = 1 + d.excess }

// regress takes the slope of the delay, unless the loop knows better.
func (d *drift) regress(slope float64, settled bool) {
	if settled && d.weight > explained {
		return
	}
	d.excess = min(max(slope, -fastest), fastest)
	d.coast()
}

// turn takes the slip of a block, weighted by how much of the band is explained. age is the time since the
// delay was first found, in seconds. It returns by how many samples the reader has to move at once.
func (d *drift) turn(slip, weight, age float64) (move float64) {
	const keep, dt = 0.97, float64(block) / sampleRate // 0.33 s
	d.slip = keep*d.slip + (1-keep)*slip
	d.weight = keep*d.weight + (1-keep)*weight
	if d.catching > 0 {
		d.coast()
		return d.caught(weight)
	}
	least, natural := explained, settledLoop
	if age < youngTime {
		least, natural = youngExplained, youngLoop
	}
	if d.weight < least || age < 0.3 {
		d.coast()
		return 0
	}
	tau := min(max(d.slip/d.weight, -greatestSlip), greatestSlip)
	trust := min(max(weight/explained, 0), 1) // no reference, no step
	d.excess -= natural * natural * tau * dt * trust
	d.excess = min(max(d.excess, -fastest), fastest)
	d.rate = 1 + d.excess - 2*natural*tau*trust
	return 0
}

// caught counts the blocks of speech until the slip is known.
func (d *drift) caught(weight float64) (move float64) {
	if weight < explained/2 {
		return 0
	}
	if d.catching--; d.catching > 0 {
		return 0
	}
	move = -d.slip / d.weight * sampleRate
	d.forget()
	size := math.Abs(move)
	if size > 1 { // the phase of the highest tones has turned too far: look again
		d.catch()
	}
	if size < leastCatch || size > mostCatch {
		return 0
	}
	return move
}
