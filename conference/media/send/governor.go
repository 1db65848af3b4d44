package send

import "time"

const (
	// loadSpan is how long the encoders are watched before something is changed.
	loadSpan = 2 * time.Second
	// tooBusy of an encoder's time, and the machine is short; below idle of it for recoverAfter, it may
	// have recovered. A recovery that fails is tried again after twice the time, up to recoverAtMost.
	tooBusy       = 0.7
	idleEnough    = 0.25
	recoverAfter  = 10 * time.Second
	recoverAtMost = 2 * time.Minute
	// relapse is how soon after a recovery a new shortage makes it a failed one.
	relapse = 10 * time.Second
)

// governor keeps the encoders of a source within the machine's means: first every second picture is
// left out, then the largest tiers. Sound, which takes a hundredth, is not touched.
type governor struct {
	level int // 0: everything; 1: half the pictures; beyond: so many tiers less too
	odd   bool

	from       time.Time // of the span
	worst      time.Duration
	spent      map[*tier]time.Duration
	calmSince  time.Time
	recoverDue time.Duration
	recovered  time.Time
}

// took notes that an encoder worked on a picture for d.
func (g *governor) took(t *tier, d time.Duration) {
	if g.spent == nil {
		g.spent = make(map[*tier]time.Duration)
	}
	g.spent[t] += d
	g.worst = max(g.worst, g.spent[t])
}

// look judges the span if it is over, and tells whether the level changed. most is the highest level of
// use: with the smallest tier left.
func (g *governor) look(now time.Time, most int) bool {
	span := now.Sub(g.from)
	if g.from.IsZero() || span > 2*loadSpan { // the first, or after a pause
		g.begin(now)
		return false
	}
	if span < loadSpan {
		return false
	}
	load := g.worst.Seconds() / span.Seconds()
	g.begin(now)
	was := g.level
	switch {
	case load > tooBusy && g.level < most:
		g.level++
		g.calmSince = time.Time{}
		g.recoverDue = max(g.recoverDue, recoverAfter)
		if now.Sub(g.recovered) < relapse {
			g.recoverDue = min(2*g.recoverDue, recoverAtMost)
		}
	case load < idleEnough && g.level > 0:
		if since(&g.calmSince, true, now) >= g.recoverDue {
			g.level--
			g.calmSince, g.recovered = time.Time{}, now
		}
	default:
		g.calmSince = time.Time{}
	}
	return g.level != was
}

func (g *governor) begin(now time.Time) {
	g.from, g.worst = now, 0
	clear(g.spent)
}

// skip tells whether the next picture is left out.
func (g *governor) skip() bool {
	g.odd = !g.odd
	return g.level > 0 && g.odd
}

// dropped is how many of the largest tiers are not to be encoded.
func (g *governor) dropped() int { return max(0, g.level-1) }
