package conferencetest

import (
	"slices"
	"time"
)

// Tally sums up what passed over a link.
type Tally struct {
	Packets, Bytes            int // that arrived, or will
	Lost, Overflowed, Severed int // packets
	Queue                     Quantiles
}

// Quantiles are those of a delay: half of all were at most P50.
type Quantiles struct{ P50, P90, Max time.Duration }

// TallyOf sums up passages. The queue's figures are those of the packets that it took.
func TallyOf(passages []Passage) Tally {
	var t Tally
	var waits []time.Duration
	for _, p := range passages {
		switch p.Fate {
		case Arrived:
			t.Packets++
			t.Bytes += p.Bytes
			if p.Limited {
				waits = append(waits, p.Waited)
			}
		case Lost:
			t.Lost++
		case Overflowed:
			t.Overflowed++
		case Severed:
			t.Severed++
		}
	}
	t.Queue = quantiles(waits)
	return t
}

// quantiles sorts d.
func quantiles(d []time.Duration) Quantiles {
	if len(d) == 0 {
		return Quantiles{}
	}
	slices.Sort(d)
	at := func(q float64) time.Duration { return d[min(len(d)-1, int(q*float64(len(d))))] }
	return Quantiles{P50: at(0.5), P90: at(0.9), Max: d[len(d)-1]}
}
