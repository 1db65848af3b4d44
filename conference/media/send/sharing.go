package send

// A tier that is encoded at the rate of another peer needs its base layer at least: 40 % of the bits,
// and a little.
const baseShare = 0.42

// usable is what a peer of a budget, in bits per second, can take of a tier.
func (r rates) usable(bitsPerSecond int) int { return min(max(bitsPerSecond, r.floor), r.most) }

// need is what a peer needs for a tier that others have encoded at a rate, in bits per second; 0: none.
func (r rates) need(others int) int { return max(r.least, int(baseShare*float64(others))) }

// Which layers a peer gets of a tier encoded at a higher rate than it can take: 60 % of the bits are
// those of the lower two, 40 % the base's. Back up takes a little more than it took to go down.
const (
	twoBelow  = 0.9
	oneBelow  = 0.55
	layerBack = 0.05
)

// layerFor is the highest layer for a peer that can take so many bits per second of a tier encoded at
// rate, and that got layers up to now.
func layerFor(now uint8, bitsPerSecond, rate int) uint8 {
	if rate <= 0 {
		return topLayer
	}
	part := float64(bitsPerSecond) / float64(rate)
	two, one := twoBelow, oneBelow
	if now < topLayer {
		two += layerBack
	}
	if now < 1 {
		one += layerBack
	}
	switch {
	case part < one:
		return 0
	case part < two:
		return 1
	}
	return topLayer
}
