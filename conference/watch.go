package conference

import (
	"time"
)

// quality is how good a connection is, measured over a second.
type quality struct {
	level int // 0: unknown, 1: bad … 4: good
	at    time.Time
	lost  int64
	got   uint64
}

// Limits of the four qualities: share of packets lost, round trip.
var qualityLimits = [...]struct {
	level int
	lost  float64
	trip  time.Duration
}{
	{4, 0.01, 150 * time.Millisecond},
	{3, 0.04, 300 * time.Millisecond},
	{2, 0.10, 600 * time.Millisecond},
}

// judge gives the level of a path that loses a share of its packets and takes a round trip.
func judge(lost float64, trip time.Duration) int {
	for _, l := range qualityLimits {
		if lost <= l.lost && trip <= l.trip {
			return l.level
		}
	}
	return 1
}

// measure takes the sound's and pictures' counters and tells whether the level has changed.
func (q *quality) measure(now time.Time, got uint64, lost int64, trip time.Duration) bool {
	newGot, newLost := got-q.got, max(lost-q.lost, 0)
	first := q.at.IsZero()
	q.at, q.got, q.lost = now, got, lost
	if first || newGot == 0 {
		return false
	}
	was := q.level
	q.level = judge(float64(newLost)/(float64(newGot)+float64(newLost)), trip)
	return q.level != was
}

// watch looks at how good the connections are.
func (l *loop) watch(now time.Time) {
	for _, id := range l.order {
		p := l.participants[id]
		c := p.connection
		if c == nil {
			continue
		}
		changed := false
		if p.state == StateConnected && now.Sub(p.quality.at) >= StatsInterval {
			v, a := c.media.video[Camera].Stats(now), c.media.sound[Microphone].Stats()
			trip := c.pair.Stats().RoundTripTime
			c.trip.Store(int64(trip))
			changed = p.quality.measure(now, v.PacketsReceived+a.PacketsReceived, v.PacketsLost+a.PacketsLost, trip)
		}
		l.changed = l.changed || changed
	}
	l.shareUplink()
	l.rememberPaths(now)
}
