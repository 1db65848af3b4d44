package audio

import "math"

const (
	// A period of the voice, put in or taken out: 2.5 to 12.5 ms.
	shortestPeriod = millisecond * 5 / 2
	longestPeriod  = millisecond * 25 / 2
	// stretchWindow is how much sound is compared with itself one period later.
	stretchWindow = 10 * millisecond
	// coarse is by how much the rate is lowered for the first search: 12 kHz.
	coarse = 4
	// sureness is the least correlation for a stretch that has time.
	sureness = 0.85
)

// stretcher finds periods. Its state is how loud the background is, and when the last stretch was.
type stretcher struct {
	low   [(longestPeriod + stretchWindow) / coarse]float32
	floor float64 // least RMS of late
	since int     // Pulls since the last stretch
}

// stretch comes one period of the voice nearer to the target, if the line is off it, the last stretch
// is some time ago, and the sound repeats itself well enough that nobody hears it.
func (p *Playout) stretch() {
	ahead, excess := p.ahead(), p.excess()
	if !p.stretcher.due(ahead, excess) {
		return
	}
	longer, ready := ahead < behindEnough, p.line.ready()
	longest, window := min(longestPeriod, ready), min(stretchWindow, ready)
	if !longer {
		longest = min(longestPeriod, ready/2, ready-block, int(excess))
		window = stretchWindow
	}
	if longest < shortestPeriod+millisecond || !longer && longest+window > ready {
		return
	}
	// The first search looks at the sound that comes next, and at that one period away from it.
	from := p.line.read
	if longer {
		from -= longest
	}
	quiet := p.stretcher.lower(p.line.samples[from : from+longest+window])
	if !quiet && !longer && excess < excessInSpeech {
		return
	}
	lag, correlation := p.stretcher.search(longest/coarse, window/coarse, longer)
	if correlation < surenessAt(ahead) && !quiet {
		return
	}
	period, likeness := p.refine(lag*coarse, longest, window, longer)
	if longer {
		p.putIn(period, likeness)
	} else {
		p.takeOut(period, likeness)
	}
	p.stretcher.since = 0
}

const (
	// behindEnough is by how many samples frames must be too young for time to be put in; excessInPause and
	// excessInSpeech must be too much for some to be taken out.
	behindEnough   = -2 * millisecond
	excessInPause  = 4 * millisecond
	excessInSpeech = 6 * millisecond
)

// due tells whether it is time for a stretch: at most each 60 ms, each 20 ms when the line is 12 ms
// behind or 30 ahead, at once from 80.
func (s *stretcher) due(ahead, excess float64) bool {
	if ahead >= behindEnough && excess <= excessInPause {
		return false
	}
	pulls := 6
	switch off := math.Abs(ahead); {
	case off > 80*millisecond:
		pulls = 0
	case off > 30*millisecond || ahead < -12*millisecond:
		pulls = 2
	}
	return s.since >= pulls
}

// surenessAt is the least correlation at a distance from the target: the greater the need, the less.
func surenessAt(ahead float64) float64 {
	need := (math.Abs(ahead) - 20*millisecond) / (80 * millisecond)
	return min(sureness, max(0.4, sureness-0.4*need))
}

// lower fills low with x at 12 kHz and tells whether x is a pause.
func (s *stretcher) lower(x []int16) (quiet bool) {
	var energy float64
	n := len(x) / coarse
	for i := range n {
		y := x[coarse*i : coarse*i+coarse]
		s.low[i] = (float32(y[0]) + float32(y[1]) + float32(y[2]) + float32(y[3])) / coarse
		energy += float64(s.low[i] * s.low[i])
	}
	rms := math.Sqrt(energy / float64(n))
	if s.floor == 0 || rms < s.floor {
		s.floor = max(rms, 5)
	} else {
		s.floor *= 1.002
	}
	return rms < max(3*s.floor, 40) && rms < 300
}

// search finds the period, in samples of 12 kHz, at which what comes next is most like what lies one
// period later, or before it if the line is to become longer.
func (s *stretcher) search(longest, window int, longer bool) (period int, correlation float64) {
	reference := s.low[:window]
	if longer {
		reference = s.low[longest : longest+window]
	}
	var rr float64
	for _, v := range reference {
		rr += float64(v * v)
	}
	correlation = -1
	for lag := shortestPeriod / coarse; lag <= longest; lag++ {
		other := s.low[lag:]
		if longer {
			other = s.low[longest-lag:]
		}
		var xy, xx float32
		for i, v := range reference {
			xy += other[i] * v
			xx += other[i] * other[i]
		}
		if c := float64(xy) / math.Sqrt(float64(xx)*rr+1); c > correlation {
			period, correlation = lag, c
		}
	}
	return period, correlation
}

// refine finds the period to the sample.
func (p *Playout) refine(near, longest, window int, longer bool) (period int, correlation float64) {
	period, correlation = near, -1
	x := p.line.samples[:]
	for lag := max(shortestPeriod, near-5); lag <= min(longest, near+5); lag++ {
		other := p.line.read + lag
		if longer {
			other = p.line.read - lag
		}
		var xy, xx, yy float32
		for i := range window {
			a, b := float32(x[p.line.read+i]), float32(x[other+i])
			xy += a * b
			xx += a * a
			yy += b * b
		}
		if c := float64(xy) / math.Sqrt(float64(xx)*float64(yy)+1); c > correlation {
			period, correlation = lag, c
		}
	}
	return period, max(correlation, 0)
}

// takeOut fades the next period into the one after it and leaves it out.
func (p *Playout) takeOut(period int, correlation float64) {
	x := p.line.samples[p.line.read:]
	for i := range period {
		x[period+i] = blend(x[i], x[period+i], i, period, correlation)
	}
	p.line.cut(period)
	p.move(-period)
	p.figures.removed.Add(uint64(period))
}

// putIn plays the last period again, faded in from what would have come.
func (p *Playout) putIn(period int, correlation float64) {
	p.line.widen(period)
	x := p.line.samples[p.line.read-period:]
	for i := range period {
		// x[:period] was played, x[2*period:] is what comes; the period between them is new.
		x[period+i] = blend(x[2*period+i], x[i], i, period, correlation)
	}
	p.move(period)
	p.figures.inserted.Add(uint64(period))
}

// blend fades a into b, at position i of n, at constant power for their correlation.
func blend(a, b int16, i, n int, correlation float64) int16 {
	w := (float64(i) + 0.5) / float64(n)
	gain := 1 / math.Sqrt((1-w)*(1-w)+w*w+2*w*(1-w)*correlation)
	v := (float64(a)*(1-w) + float64(b)*w) * gain
	return int16(max(math.MinInt16, min(math.MaxInt16, v)))
}
