package echo

const (
	// misfitLimit is how many blocks an estimate may make it worse before the far talker is pressed.
	misfitLimit = 12
	// suspicious is how many such blocks let the search look anew; meanwhile, for suspendLimit blocks of far
	// speech at most, nothing is learnt, so that a filter that only lies at the wrong place stays whole.
	suspicious, suspendLimit = 4, 80
	// unknownLimit is how many blocks of far speech are pressed at most while no delay is known. After
	// that there is no echo: a headset.
	unknownLimit = 150
	// ringOut is how many blocks after far speech its echo may still be heard.
	ringOut = 50
	// enoughWatched is how many blocks tell whether an estimate works.
	enoughWatched = 20
	// broken is by how much an estimate makes it worse that cannot come right by itself.
	broken = 4
)

// powers are those of the echo as estimated, of the microphone, and of what is left of it without the estimate.
type powers struct{ estimate, heard, left float32 }

// follow moves the powers towards those of a block, by a part of the difference.
func (p *powers) follow(block powers, part float32) {
	p.estimate += part * (block.estimate - p.estimate)
	p.heard += part * (block.heard - p.heard)
	p.left += part * (block.left - p.left)
}

// guard watches whether subtracting the estimate helps.
type guard struct {
	powers         // over 0.25 s
	now     powers // over 50 ms
	watched int    // blocks in them

	misfit    int
	suspended int  // blocks for which nothing is to be learnt
	warned    bool // of this misfit
	spoken    int  // blocks of far speech so far
	idle      int  // blocks without since then
}

func newGuard() guard { return guard{idle: ringOut} }

// forget drops what was measured, not what was decided.
func (g *guard) forget() {
	g.powers, g.now, g.watched = powers{}, powers{}, 0
	g.suspended, g.warned = 0, false
}

// watch takes the powers of a block in which the far talker speaks.
func (g *guard) watch(block powers) {
	g.follow(block, 0.04)
	g.now.follow(block, 0.2)
	g.watched++
	g.spoken++
}

// works says that subtracting the estimate takes power away. With a wrong estimate, or none, it does not.
func (g *guard) works() bool {
	return g.estimate > 0.03*g.heard && g.left < g.heard-0.3*g.estimate
}

// good says that next to nothing of the echo is left.
func (g *guard) good() bool {
	return g.watched > enoughWatched && g.misfit == 0 && g.left < 0.05*g.heard && g.now.left < 0.1*g.now.heard
}

// fails says that for some time it has not.
func (g *guard) fails() bool { return g.watched > enoughWatched && !g.works() }

// useless says that there is an estimate and that it takes hardly anything away.
func (g *guard) useless() bool { return g.estimate > 0.2*g.heard && g.left > 0.9*g.heard }

// harms says that all at once the error goes with the estimate: it is of another time. A near talker does not, but by
// chance, so that more is asked for while there may be one.
func (g *guard) harms() bool {
	n := &g.now
	return n.estimate > 0.5*n.heard && n.left > n.heard-0.3*n.estimate || n.estimate > 0.2*n.heard && n.left > n.heard+0.4*n.estimate
}

// diverged says that the filter has lost its way altogether.
func (g *guard) diverged() bool { return g.left > broken*g.heard && g.left > 1e-7*block }

// judge counts the blocks with a wrong estimate. It reports once when there is reason to search anew.
func (g *guard) judge(speaking bool) (suspicion bool) {
	if speaking {
		g.suspended = max(g.suspended-1, 0)
	}
	harms := g.harms()
	if !speaking || !harms && !g.useless() {
		g.misfit = max(g.misfit-4, 0)
		if g.left < 0.6*g.heard {
			g.misfit, g.suspended, g.warned = 0, 0, false
		}
		return false
	}
	if harms {
		g.misfit += 3
	}
	g.misfit = min(g.misfit+1, 20)
	if g.misfit < suspicious || g.warned {
		return false
	}
	g.warned, g.suspended = true, suspendLimit
	return true
}

// shut says that nothing of the far talker may pass.
func (g *guard) shut(locked bool) bool {
	return g.idle < ringOut && (g.misfit > misfitLimit || !locked && g.spoken < unknownLimit)
}
