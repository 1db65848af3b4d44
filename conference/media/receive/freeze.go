package receive

import "time"

// pace watches the times at which pictures are shown.
type pace struct {
	last      time.Time         // zero: the next picture follows no other
	intervals [30]time.Duration // the last ones
	n         int               // how many there have been
	sum       time.Duration     // of the intervals that count
	freezes   uint64
	frozen    time.Duration

	second  time.Time // since when pictures are counted
	pending int
	rate    float64 // pictures per second, over the last full second
}

// freezeSlack and freezeFactor are those of webrtc-stats: a freeze is an interval between two pictures
// of at least max(3 x mean, mean + 150 ms), the mean being that of the last 30 intervals.
const (
	freezeSlack  = 150 * time.Millisecond
	freezeFactor = 3
)

// show takes the picture of now.
func (p *pace) show(now time.Time) {
	p.count(now)
	if p.last.IsZero() {
		p.last = now
		return
	}
	d := now.Sub(p.last)
	p.last = now
	if p.n > 0 {
		mean := p.sum / time.Duration(min(p.n, len(p.intervals)))
		if d >= max(freezeFactor*mean, mean+freezeSlack) {
			p.freezes++
			p.frozen += d
		}
	}
	i := p.n % len(p.intervals)
	p.sum += d - p.intervals[i]
	p.intervals[i] = d
	p.n++
}

// pause says that the time until the next picture is nobody's fault.
func (p *pace) pause() { p.last = time.Time{} }

func (p *pace) count(now time.Time) {
	p.roll(now)
	p.pending++
}

// roll ends a second that is over.
func (p *pace) roll(now time.Time) {
	if p.second.IsZero() {
		p.second = now
		return
	}
	span := now.Sub(p.second)
	if span < time.Second {
		return
	}
	p.rate = float64(p.pending) / span.Seconds()
	p.second, p.pending = now, 0
}

// framesPerSecond is the rate of the last second.
func (p *pace) framesPerSecond(now time.Time) float64 {
	p.roll(now)
	return p.rate
}
