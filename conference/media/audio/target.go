package audio

const (
	// frameCost is the delay in milliseconds that one concealed frame in a hundred is worth. At 30 the
	// target takes in nearly the whole of a short-tailed distribution, leaves rare long tails alone, and
	// decides by itself whether waiting for the copies in later packets pays.
	frameCost = 30
	// margin is added to the target: a Pull takes 10 ms at once, and 2 ms for good luck.
	margin = 12 * millisecond
	// startDelay is aimed at before anything is known.
	startDelay = 30 * millisecond
)

// target is the delay to aim at, in samples: where waiting longer costs more than the frames that it
// would save.
func (h *histogram) target() float64 {
	best, at, below := float64(frameCost*100+1), 0, 0.0
	for i, count := range h.counts {
		delay := float64(i*bucketWidth) / millisecond
		if delay >= best {
			break // what is saved cannot make up for that
		}
		below += count
		cost := delay + frameCost*100*(1-below/h.sum)
		if cost < best-1e-9 {
			best, at = cost, i
		}
	}
	return float64((at+1)*bucketWidth) + margin
}

const (
	// envelopeRise is the share of the way to a greater delay that the position goes in one Pull, and
	// maxRise its limit in samples: sound callbacks that come late or four at a time look like delay,
	// and are not.
	envelopeRise = 0.02
	maxRise      = 5 * millisecond
)

// position is how long sound has been under way, beyond the shortest way, when it is played: the lower
// envelope of what each Pull sees, moved along with every sample put in, taken out or concealed.
type position struct {
	delay float64 // samples
	known bool
}

func (p *position) see(delay float64) {
	switch {
	case !p.known:
		p.delay, p.known = delay, true
	case delay < p.delay:
		p.delay = delay
	default:
		p.delay += min((delay-p.delay)*envelopeRise, maxRise)
	}
}

// shift follows the shortest way.
func (p *position) shift(samples int) { p.delay += float64(samples) }
