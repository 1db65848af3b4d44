package send

import "time"

const (
	// loadSpan is how long the encoders are watched before something is changed.
	loadSpan = 2 * time.Second
	// tooBusy of one processor's time for one encoder, and it cannot keep up. Below idleEnough of it for
	// recoverAfter, the machine may have recovered. A recovery that fails is tried again after twice the
	// time, up to recoverAtMost.
	tooBusy       = 0.7
	idleEnough    = 0.25
	recoverAfter  = 10 * time.Second
	recoverAtMost = 2 * time.Minute
	// relapse is how soon after a recovery a new shortage makes it a failed one.
	relapse = 10 * time.Second
	// tooLate is how long pictures wait on average until an encoder that has time for them begins: the
	// machine is short, whoever takes its time, and sound waits as long. Below inTime it is not.
	tooLate = 15 * time.Millisecond
	inTime  = 5 * time.Millisecond
	// worthwhile of a processor's time must our encoders take for it to help if they take less.
	worthwhile = 0.05
)

// governor keeps the encoders of a source within the machine's means: first every second picture is
// left out, then the largest tiers. Sound, which takes a hundredth, is not touched. It goes by the
// processor time of the encoders: how long they take by the clock is others' doing too.
type governor struct {
	level int // 0: everything; 1: half the pictures; beyond: so many tiers less too
	odd   bool

	from       time.Time // of the span
	spent      map[*tier]time.Duration
	late       time.Duration // sum over the pictures of the span
	pictures   int
	calmSince  time.Time
	recoverDue time.Duration
	recovered  time.Time
}

// took notes that an encoder has spent processor time on a picture that had waited for it.
func (g *governor) took(t *tier, spent, waited time.Duration) {
	if g.spent == nil {
		g.spent = make(map[*tier]time.Duration)
	}
	g.spent[t] += spent
	g.late += waited
	g.pictures++
}

// load is the part of a processor's time that the busiest encoder takes, and that all of them do, and how
// long pictures waited on average.
func (g *governor) load(span time.Duration) (busiest, all float64, late time.Duration) {
	for _, d := range g.spent {
		part := d.Seconds() / span.Seconds()
		busiest, all = max(busiest, part), all+part
	}
	return busiest, all, g.late / time.Duration(max(1, g.pictures))
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
	busiest, all, late := g.load(span)
	g.begin(now)
	was := g.level
	switch {
	case (busiest > tooBusy || late > tooLate && all > worthwhile) && g.level < most:
		g.level++
		g.calmSince = time.Time{}
		g.recoverDue = max(g.recoverDue, recoverAfter)
		if now.Sub(g.recovered) < relapse {
			g.recoverDue = min(2*g.recoverDue, recoverAtMost)
		}
	case busiest < idleEnough && late < inTime && g.level > 0:
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
	g.from, g.late, g.pictures = now, 0, 0
	clear(g.spent)
}

// skip tells whether the next picture is left out.
func (g *governor) skip() bool {
	g.odd = !g.odd
	return g.level > 0 && g.odd
}

// dropped is how many of the largest tiers are not to be encoded.
func (g *governor) dropped() int { return max(0, g.level-1) }
