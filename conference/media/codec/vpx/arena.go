package vpx

import "confab/conference/media"

const (
	slabSize  = 256 << 10 // bytes
	slabLarge = slabSize / 4
	slabCount = 64 // frames
)

// arena takes the memory of encoded frames from the heap in large pieces, since frames are shared and
// nobody can tell when they are done with: one allocation for some fifty frames. The collector frees a
// piece with the last frame in it.
type arena struct {
	bytes  []byte
	frames []media.EncodedFrame
}

// frame returns a zero frame.
func (a *arena) frame() *media.EncodedFrame {
	if len(a.frames) == 0 {
		a.frames = make([]media.EncodedFrame, slabCount)
	}
	f := &a.frames[0]
	a.frames = a.frames[1:]
	return f
}

// copyOf returns a copy of b. What is large has memory of its own, so that little of a slab is lost.
func (a *arena) copyOf(b []byte) []byte {
	if len(b) > slabLarge {
		return append([]byte(nil), b...)
	}
	if len(b) > len(a.bytes) {
		a.bytes = make([]byte, slabSize)
	}
	c := a.bytes[:len(b):len(b)]
	a.bytes = a.bytes[len(b):]
	copy(c, b)
	return c
}
