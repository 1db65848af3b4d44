package audio

import (
	"math"
	"sync/atomic"
	"time"
)

// maxExtraDelay is the longest that sound is made to wait for pictures.
const maxExtraDelay = 100 * time.Millisecond

// heardClock tells others what is being played: by how much, in samples, a timestamp is behind the
// instant at which it is played, both counted from the playout's epoch.
type heardClock struct{ behind atomic.Int64 }

// nothing is what behind says while no sound of the stream is played.
const nothing = math.MinInt64

func (h *heardClock) stop() { h.behind.Store(nothing) }

// tellHeard notes where the stream is. In a short pause it goes on as before.
func (p *Playout) tellHeard() {
	switch {
	case p.pause == none && p.position.known:
		p.heard.behind.Store(p.way.base + int64(p.position.delay))
	case p.hushed || p.pause == starved || p.silent >= maxComfort:
		p.heard.stop()
	}
}

// Heard is the RTP timestamp (48 kHz) of what is played at an instant near now, without the jitter of
// those who pull; false while nothing of the stream is. The sound is in the device's buffer then, some
// tens of milliseconds from the ear. Safe from any goroutine.
func (p *Playout) Heard(now time.Time) (timestamp uint32, ok bool) {
	behind := p.heard.behind.Load()
	if behind == nothing {
		return 0, false
	}
	return uint32(p.samples(now) - behind), true
}

// SetExtraDelay makes the sound wait for longer than the network demands, 0 to 100 ms: for pictures that
// come later. It is approached by stretching. Safe from any goroutine.
func (p *Playout) SetExtraDelay(d time.Duration) {
	p.extra.Store(min(max(d, 0), maxExtraDelay).Milliseconds() * millisecond)
}
