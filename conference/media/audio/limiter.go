package audio

import "math"

const (
	// limit is the greatest sample that leaves the mixer: 0.4 dB below full scale.
	limit = 0.95 * math.MaxInt16
	// A step of the limiter's gain is 0.5 ms; it looks 2 ms ahead, which is the delay it costs.
	stepLength = millisecond / 2
	lookAhead  = 4
	// release is the share of the way back to full gain in one step: 100 ms.
	release = 0.005
)

// limiter lowers the gain before a sum of voices would exceed the limit, and raises it slowly after.
// The gain of a step is the mean of the least gains that the next ones need, drawn as a straight line
// from step to step: it never jumps, and never lets a sample exceed the limit.
type limiter struct {
	delayed [lookAhead * stepLength]float32
	needed  [lookAhead + 1]float32 // gain that the next steps need, oldest first
	least   [lookAhead]float32     // of the last steps, oldest first
	held    float32                // the least gain needed of late, released
	gain    float32                // at the end of the last step
}

func newLimiter() *limiter {
	l := &limiter{held: 1, gain: 1}
	for i := range l.needed {
		l.needed[i] = 1
	}
	for i := range l.least {
		l.least[i] = 1
	}
	return l
}

// process takes the sum in and gives what is to be played, 2 ms later. Both have a multiple of
// stepLength samples.
func (l *limiter) process(sum []float32, out []int16) {
	for len(sum) > 0 {
		l.step(sum[:stepLength], out[:stepLength])
		sum, out = sum[stepLength:], out[stepLength:]
	}
}

// fall draws the gain of one step to another one.
func (l *limiter) fall(to float32, out []int16) {
	rise := (to - l.gain) / stepLength
	for i := range out {
		l.gain += rise
		out[i] = int16(min(math.MaxInt16, max(math.MinInt16, l.delayed[i]*l.gain)))
	}
	l.gain = to
}

func (l *limiter) step(x []float32, out []int16) {
	peak := float32(0)
	for _, v := range x {
		if v > peak {
			peak = v
		} else if -v > peak {
			peak = -v
		}
	}
	copy(l.needed[:], l.needed[1:])
	l.needed[lookAhead] = 1
	if peak > limit {
		l.needed[lookAhead] = limit / peak
	}
	// needed[0] is that of the step that leaves now.
	least := l.needed[0]
	for _, g := range l.needed[1:] {
		least = min(least, g)
	}
	l.held = min(least, l.held+(1-l.held)*release)
	if l.held > 0.9999 {
		l.held = least
	}
	copy(l.least[:], l.least[1:])
	l.least[lookAhead-1] = l.held
	mean := float32(0)
	for _, g := range l.least {
		mean += g / lookAhead
	}
	if mean == 1 && l.gain == 1 { // nothing is too loud
		for i := range out {
			out[i] = int16(l.delayed[i])
		}
	} else {
		l.fall(mean, out)
	}
	copy(l.delayed[:], l.delayed[stepLength:])
	copy(l.delayed[len(l.delayed)-stepLength:], x)
}
