package send

import "confab/conference/media"

// rung is one size at which a source may be encoded.
type rung struct {
	name          string // the tier's, in statistics
	width, height int    // pixels
	bitsPerSecond int
}

// class is what a tier of about a height is called, and the rate it starts with.
type class struct {
	name          string
	height        int // nominal, of the scaled tiers
	least         int // the class holds heights from here up
	bitsPerSecond int
}

// classes are those of cameras, highest first. The rates are what VP8 needs for a talking head at 30
// frames a second (42 dB at 1,200 kbit/s in 720p), with room for motion.
var classes = []class{
	{"camera-720p", 720, 540, 1_800_000},
	{"camera-360p", 360, 270, 600_000},
	{"camera-180p", 180, 0, 150_000},
}

// screenRate is the rate of a screen, whatever its size: still text needs little, scrolling all of it.
const screenRate = 2_500_000

// ladder is the tiers of a source, the captured size first. A screen has one: its text is never scaled.
// maxBitrate caps each tier's rate in bits per second; 0 is no cap.
func ladder(slot media.Slot, width, height, maxBitrate int) []rung {
	var rungs []rung
	add := func(name string, w, h, rate int) {
		if maxBitrate > 0 {
			rate = min(rate, maxBitrate)
		}
		rungs = append(rungs, rung{name, w, h, rate})
	}
	if slot == media.Screen {
		add("screen", width, height, screenRate)
		return rungs
	}
	for _, c := range classes {
		switch {
		case len(rungs) == 0 && height >= c.least:
			add(c.name, width, height, c.bitsPerSecond)
		case len(rungs) > 0:
			add(c.name, even(width*c.height, height), c.height, c.bitsPerSecond)
		}
	}
	return rungs
}

// even is a/b rounded to the nearest even number, 2 at least.
func even(a, b int) int { return max(2, (a+b)/(2*b)*2) }

// pick is the index of the smallest rung that is at least of the wanted height in pixels, within 10 %;
// the first if none is, and for a height of 0.
func pick(rungs []rung, height int) int {
	if height <= 0 {
		return 0
	}
	for i := len(rungs) - 1; i > 0; i-- {
		if rungs[i].height*10 >= height*9 {
			return i
		}
	}
	return 0
}
