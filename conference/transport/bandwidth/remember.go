package bandwidth

import (
	"sync"
	"time"
)

const (
	// rememberFor is how long what a path carried is believed: then others may use the line.
	rememberFor = 10 * time.Minute
	// rememberedPaths and uplinks are kept at most; then the oldest goes.
	rememberedPaths = 64
	// pathShare of what a path carried is begun with when it is taken again, and uplinkShare of what any
	// path over the same uplink carried with another one, up to mostByUplink: the other end may be slower.
	pathShare    = 0.7
	uplinkShare  = 0.5
	mostByUplink = 1_000_000
	// narrowShare is pathShare of a path that carried less than the usual start.
	narrowShare = 0.85
)

// Way is where packets go: the addresses at both ends, without ports.
type Way struct {
	Local, Remote string
	Relayed       bool
}

// Memory is what paths carried lately, so that the next call over one of them need not find it out anew.
// The zero value is ready; all methods are safe from any goroutine.
type Memory struct {
	mu   sync.Mutex
	ways map[Way]remembered
}

// remembered is what a path carried last; of a whole uplink, the most that one of its paths did.
type remembered struct {
	bitsPerSecond int
	at            time.Time
}

// Learn notes that a path carries so many bits per second now, as far as its [Estimator] knows.
func (m *Memory) Learn(now time.Time, w Way, bitsPerSecond int) {
	if w.Local == "" || bitsPerSecond <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(w, remembered{bitsPerSecond, now})
	uplink := Way{Local: w.Local}
	if r, ok := m.fresh(now, uplink); !ok || bitsPerSecond >= r.bitsPerSecond {
		m.keep(uplink, remembered{bitsPerSecond, now})
	}
}

// Start is what to begin with on a path while so many others go over the same uplink, in bits per second;
// 0: nothing is known of it.
func (m *Memory) Start(now time.Time, w Way, others int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.fresh(now, w); ok {
		if r.bitsPerSecond < defaultStart { // it was used up: unused ones do not fall as far
			return max(defaultMin, int(narrowShare*float64(r.bitsPerSecond)))
		}
		return max(defaultStart, int(pathShare*float64(r.bitsPerSecond)))
	}
	if r, ok := m.fresh(now, Way{Local: w.Local}); ok && w.Local != "" {
		share := int(uplinkShare * float64(r.bitsPerSecond) / float64(max(0, others)+1))
		return max(defaultStart, min(share, mostByUplink))
	}
	return 0
}

func (m *Memory) fresh(now time.Time, w Way) (remembered, bool) {
	r, ok := m.ways[w]
	return r, ok && now.Sub(r.at) <= rememberFor
}

func (m *Memory) keep(w Way, r remembered) {
	if m.ways == nil {
		m.ways = make(map[Way]remembered)
	}
	if _, known := m.ways[w]; !known && len(m.ways) >= rememberedPaths {
		var oldest Way
		first := true
		for other, o := range m.ways {
			if first || o.at.Before(m.ways[oldest].at) {
				oldest, first = other, false
			}
		}
		delete(m.ways, oldest)
	}
	m.ways[w] = r
}
