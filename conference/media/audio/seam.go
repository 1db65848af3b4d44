package audio

import "time"

// seamLength is how long sound takes to die away where it is cut off, and to rise where it begins. A
// step instead would click.
const seamLength = 5 * time.Millisecond

// seam joins pieces of sound that do not belong together: the last sample before a cut dies away while
// what follows rises. One goroutine uses it; it does not allocate.
type seam struct {
	length int  // samples of a ramp
	edge   int  // the last sample before the cut
	last   int  // the last sample that was given
	fall   int  // samples until the edge has died away
	rise   int  // samples until what follows is as loud as it is
	empty  bool // there was nothing since the cut
}

// newSeam makes a seam of sound that begins from silence.
func newSeam(rate int) seam {
	length := int(seamLength * time.Duration(rate) / time.Second)
	return seam{length: length, rise: length, empty: true}
}

// cut says that what comes next does not continue what was.
func (s *seam) cut() {
	if !s.empty {
		s.edge, s.fall, s.rise, s.empty = s.last, s.length, s.length, true
	}
}

// join passes the next piece on in place.
func (s *seam) join(x []int16) {
	if len(x) == 0 {
		return
	}
	for i := range x {
		if s.fall == 0 && s.rise == 0 {
			break
		}
		v := int(x[i])*(s.length-s.rise) + s.edge*s.fall
		x[i] = int16(min(max(v/s.length, -1<<15), 1<<15-1))
		s.fall, s.rise = max(s.fall-1, 0), max(s.rise-1, 0)
	}
	s.last, s.empty = int(x[len(x)-1]), false
}

// gap fills x, for which there is nothing, with what dies away and then silence.
func (s *seam) gap(x []int16) {
	s.cut()
	for i := range x {
		x[i] = int16(s.edge * s.fall / s.length)
		s.fall = max(s.fall-1, 0)
	}
	if len(x) > 0 {
		s.last = int(x[len(x)-1])
	}
}
