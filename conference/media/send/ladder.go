package send

import "confab/conference/media"

// rung is one size at which a source may be encoded.
type rung struct {
	name          string // the tier's, in statistics
	width, height int    // pixels
	rates
}

// rates are what a tier can be encoded at, in bits per second.
type rates struct {
	floor int // its encoder is never told less: it could not keep to it
	least int // what makes it worth more than a smaller tier
	most  int // what it is worth at most
	key   int // bytes of a coarse key frame of a talking head
}

// class is what a tier of about a height is called, and its rates.
type class struct {
	name   string
	height int // nominal, of the scaled tiers
	from   int // the class holds heights from here up
	rates
}

// classes are those of cameras, highest first. VP8 gives a talking head at 30 frames a second 42 dB at
// 1,200 kbit/s in 720p; there is room for motion above.
var classes = []class{
	{"camera-720p", 720, 540, rates{250_000, 600_000, 2_500_000, 10_000}},
	{"camera-360p", 360, 270, rates{80_000, 150_000, 800_000, 4_000}},
	{"camera-180p", 180, 0, rates{30_000, 40_000, 200_000, 1_600}},
}

// screenRates are those of a screen, whatever its size: still text needs little, scrolling all of it.
// Below the floor text would be smeared; pictures are left out instead.
var screenRates = rates{500_000, 500_000, 5_000_000, 0}

// ladder is the tiers of a source, the captured size first. A screen has one: its text is never scaled.
// maxBitrate caps each tier's rate in bits per second; 0 is no cap.
func ladder(slot media.Slot, width, height, maxBitrate int) []rung {
	var rungs []rung
	add := func(name string, w, h int, r rates) {
		if maxBitrate > 0 {
			r.most = min(r.most, maxBitrate)
			r.floor, r.least = min(r.floor, maxBitrate), min(r.least, maxBitrate)
		}
		rungs = append(rungs, rung{name, w, h, r})
	}
	if slot == media.Screen {
		add("screen", width, height, screenRates)
		return rungs
	}
	for _, c := range classes {
		switch {
		case len(rungs) == 0 && height >= c.from:
			add(c.name, width, height, c.rates)
		case len(rungs) > 0:
			add(c.name, even(width*c.height, height), c.height, c.rates)
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
