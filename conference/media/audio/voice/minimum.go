package voice

import "math"

// The least power of a bin is sought over windows of 8 x 150 ms: longer than a vowel, shorter than the
// patience of who hears a fan start.
const (
	minimumParts      = 8
	minimumPartLength = 15 // frames
)

// minimum tracks the least value of each bin over the last 1.05 to 1.2 s.
type minimum struct {
	least   [Bins]float32 // over the whole window
	part    [Bins]float32 // over the part that runs
	parts   [minimumParts][Bins]float32
	frames  int // of the part that runs
	current int // the oldest part, which the next one replaces
}

// reset forgets everything but x.
func (m *minimum) reset(x *[Bins]float32) {
	m.least, m.part = *x, *x
	for i := range m.parts {
		for k := range m.parts[i] {
			m.parts[i][k] = math.MaxFloat32
		}
	}
	m.frames = 0
}

// add takes the values of the next frame in.
func (m *minimum) add(x *[Bins]float32) {
	for k, v := range x {
		m.part[k] = min(m.part[k], v)
		m.least[k] = min(m.least[k], v)
	}
	if m.frames++; m.frames < minimumPartLength {
		return
	}
	m.frames = 0
	m.parts[m.current] = m.part
	m.current = (m.current + 1) % minimumParts
	m.part, m.least = *x, *x
	for i := range m.parts {
		for k, v := range &m.parts[i] {
			m.least[k] = min(m.least[k], v)
		}
	}
}
