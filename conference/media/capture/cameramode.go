package capture

import (
	"cmp"
	"math"
	"slices"
)

// pixels is how a camera writes its pictures.
type pixels uint8

// The formats in the order of our liking: the fewer conversions, the better.
const (
	pixelsI420 pixels = iota + 1
	pixelsNV12
	pixelsYUYV
	pixelsMJPEG
)

// cameraMode is one way in which a camera can run.
type cameraMode struct {
	pixels          pixels
	width, height   int     // in pixels of the picture
	framesPerSecond float64 // 0: not known
	stride          int     // bytes a row; 0: no padding
	index           int     // the driver's own, for its adapter
}

// chooseMode picks the mode nearest to what is wanted; false if there is none that can be used. Its
// answer does not depend on the order of modes, which drivers shuffle.
func chooseMode(modes []cameraMode, o VideoOptions) (cameraMode, bool) {
	modes = slices.DeleteFunc(slices.Clone(modes), func(m cameraMode) bool { return !m.usable() })
	if len(modes) == 0 {
		return cameraMode{}, false
	}
	return slices.MinFunc(modes, func(a, b cameraMode) int {
		return cmp.Or(
			cmp.Compare(a.cost(o), b.cost(o)),
			cmp.Compare(a.pixels, b.pixels),
			cmp.Compare(b.width, a.width),
			cmp.Compare(b.height, a.height),
			cmp.Compare(b.framesPerSecond, a.framesPerSecond),
		)
	}), true
}

// cost is how far a mode is from what is wanted, in arbitrary units: twice the pixels or half of them,
// of those within the wanted aspect, cost 0.7 (half a little more, since what is missing cannot be had
// back), 4:3 for 16:9 0.3, half the rate 1.5 (a call that stutters is worse than one that is not sharp),
// twice the rate 0.1, and decompressing 0.1.
func (m cameraMode) cost(o VideoOptions) float64 {
	scale := min(float64(m.width)/float64(o.Width), float64(m.height)/float64(o.Height))
	area := 2 * math.Log(scale)
	cost := math.Abs(area)
	if area < 0 {
		cost *= 1.1
	}
	cost += math.Abs(math.Log(float64(m.width*o.Height) / float64(m.height*o.Width)))
	if m.framesPerSecond > 0 {
		if ratio := m.framesPerSecond / o.FramesPerSecond; ratio < 1 {
			cost += 3 * (1 - ratio)
		} else {
			cost += 0.1 * min(ratio-1, 3)
		}
	}
	if m.pixels == pixelsMJPEG {
		cost += 0.1
	}
	return cost
}

// usable tells whether pictures of the mode can be taken.
func (m cameraMode) usable() bool {
	return m.pixels != 0 && m.width >= 2 && m.height >= 2 && m.width <= maxCameraSide && m.height <= maxCameraSide &&
		m.framesPerSecond >= 0 && m.framesPerSecond <= 1000
}

// maxCameraSide bounds what a camera may offer, in pixels; its pictures are ours to hold.
const maxCameraSide = 8192
