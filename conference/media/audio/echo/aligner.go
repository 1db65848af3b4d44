package echo

import "math"

const (
	// lead is how far before the main peak of the echo the filter begins: the direct sound may be weaker
	// than a reflection, and nothing is late enough for leastLead not to be there.
	lead, leastLead = 4 * millisecond, kernelHalf + 16
	// steady is how far estimates of the delay that mean the same lie apart: samples at 48 kHz.
	steady = 60
	// agreeFirst estimates in a row find the delay, agreeAgain find that it has changed.
	agreeFirst, agreeAgain = 4, 3
	// settled is how far off the peak may lie before the delay has changed.
	settled = 3
	// slopeApart is how far estimates that follow each other lie apart at most by what the clocks do: 1.6 samples
	// at the fastest, and what they are off.
	slopeApart = 8
	// another reflection is taken for the main peak after so many estimates of it.
	moved = 30
)

// aligner decides by the search's estimates where the reader belongs.
type aligner struct {
	locked bool
	first  int64   // blocks at the first lock
	since  int64   // blocks at the last change, moved back where little had to be learnt anew
	anchor float64 // where the main peak of the echo lies in the filter: samples

	candidate float64 // the last estimate
	agreeing  int     // in a row
	elsewhere int     // estimates of another peak while the filter works
	loose     int64   // until this block a small change is no surprise

	slope slope
}

// verdict is what follows from an estimate.
type verdict uint8

const (
	stay    verdict = iota + 1
	locked          // found for the first time
	step            // the delay has changed
	relearn         // the echo is elsewhere in the filter, which has begun to learn it there
)

// weigh takes an estimate: offset is the index in source of what is heard, less the microphone's count;
// place is where that lies in the filter. tried says that a change was tried with what the filter knew, in vain. With
// step comes by how much the reader has to move.
func (a *aligner) weigh(now int64, offset, place float64, fit fit, tried bool) (v verdict, move float64) {
	if math.Abs(offset-a.candidate) > steady {
		a.agreeing = 0
	}
	a.agreeing++
	a.candidate = offset
	switch {
	case !a.locked:
		if a.agreeing < agreeFirst {
			return stay, 0
		}
		a.locked, a.first, a.since = true, now, now
		a.slope.restart(now*block, offset)
		return locked, 0
	}
	switch sudden := a.slope.add(now*block, offset); {
	case sudden && fit == works && learnable(place): // the filter has learnt it there
		a.anchor, a.elsewhere, a.since = place, 0, now
		return relearn, 0
	case fit == explains && now >= a.loose:
		a.follow(place)
	case sudden && !tried && math.Abs(place-a.anchor) > settled, a.proved(place, fit == fails, now):
		move = a.anchor - place
		young := math.Abs(move) <= steady && now-a.first <= seconds(8) // it may be the clocks, whose rates are not known yet
		a.stepped(now, offset, young)
		return step, move
	}
	return stay, 0
}

// learnable says that the filter can hold an echo with its main peak at a place, and much of what follows.
func learnable(place float64) bool { return place > leastLead && place < directParts*hop/2 }

// suspects says that the last estimates lie apart from where the echo was.
func (a *aligner) suspects(place float64) bool {
	return a.locked && a.slope.apart > 0 && math.Abs(place-a.anchor) > slopeApart
}

// stepped notes that the delay has changed and the reader with it, perhaps by the clocks' drift alone.
func (a *aligner) stepped(now int64, offset float64, byClocks bool) {
	a.agreeing, a.loose = 0, 0
	a.since = max(a.since, now-seconds(2)) // the filter is kept: it has little to learn
	if !byClocks {
		a.slope.restart(now*block, offset)
	}
}

// fit is how well the filter explains what is heard.
type fit uint8

const (
	unclear fit = iota
	fails
	works
	explains // most of the band
)

// proved says that the echo is at another place. A small change may be another reflection, once the clocks
// are known, and against a filter that does some good more has to be said.
func (a *aligner) proved(place float64, fails bool, now int64) bool {
	change, young := math.Abs(place-a.anchor), now-a.first < seconds(8)
	switch {
	case change < settled || a.agreeing < agreeAgain:
		return false
	case now < a.loose, fails && (young || change > steady):
		return true
	}
	return a.agreeing >= 4*agreeAgain && (fails || change > steady)
}

// confirmed says that the last estimates agree that the echo is where it was.
func (a *aligner) confirmed(place float64) bool {
	return a.agreeing >= agreeFirst && math.Abs(place-a.anchor) < settled
}

// jumped says that the timeline has jumped, by about as much as the echo has.
func (a *aligner) jumped(now int64) {
	a.loose = now + seconds(2)
	a.agreeing = 0
}

// follow keeps the anchor at the main peak.
func (a *aligner) follow(place float64) {
	if math.Abs(place-a.anchor) < 12 {
		a.anchor += 0.1 * (place - a.anchor)
		a.elsewhere = 0
		return
	}
	if a.elsewhere++; a.elsewhere > moved {
		a.anchor, a.elsewhere = place, 0
	}
}

// seconds is how many blocks so many seconds are.
func seconds(n int64) int64 { return n * sampleRate / block }

// slope is the regression of the last estimates of the delay over time: how much faster one clock runs.
type slope struct {
	points [192]point // 12 s
	n      int
	apart  int // estimates in a row that did not lie where the others lead
}

// point is an estimate: microphone samples so far, and what they lag what was played.
type point struct{ at, offset float64 }

func (s *slope) restart(at int64, offset float64) {
	s.points[0] = point{float64(at), offset}
	s.n, s.apart = 1, 0
}

// add takes an estimate, unless it lies apart from the others. A few that do so in a row are no clock's doing:
// sound was lost, or another reflection is the loudest now. Then all begins anew.
func (s *slope) add(at int64, offset float64) (sudden bool) {
	if s.n > 0 && math.Abs(offset-s.points[s.n-1].offset) > slopeApart {
		if s.apart++; s.apart < agreeAgain {
			return false
		}
		s.restart(at, offset)
		return true
	}
	s.apart = 0
	drop := 0
	for drop < s.n && s.points[drop].at < float64(at)-12*sampleRate {
		drop++
	}
	if s.n-drop == len(s.points) {
		drop++
	}
	s.n = copy(s.points[:], s.points[drop:s.n])
	s.points[s.n] = point{float64(at), offset}
	s.n++
	return false
}

// value is the slope, as soon as the estimates span 2 s.
func (s *slope) value() (v float64, known bool) {
	points := s.points[:s.n]
	if s.n < 2 || points[s.n-1].at-points[0].at < 2*sampleRate {
		return 0, false
	}
	var at, offset float64
	for _, p := range points {
		at += p.at / float64(s.n)
		offset += p.offset / float64(s.n)
	}
	var up, across float64
	for _, p := range points {
		up += (p.at - at) * (p.offset - offset)
		across += (p.at - at) * (p.at - at)
	}
	return up / across, true
}
