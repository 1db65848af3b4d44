package voice

import "math"

const (
	peakTaps   = 24
	peakPhases = 8              // times oversampled: with 4, hiss at full scale peaks 0.4 dB above what is found
	peakMiddle = peakTaps/2 - 1 // the tap after which the filters interpolate
	// peakDelay is how many samples later a peak is known.
	peakDelay = peakTaps - 1 - peakMiddle
	// peakWindow is half the length of the raised cosine over the filters, in samples.
	peakWindow = peakTaps/2 + 1
	// peakFrom is the amplitude of a neighbour from which on it is worth looking between two samples.
	peakFrom = 0.5 * limit
)

// peaks finds the greatest amplitude around each sample, and between two of them.
type peaks struct {
	filters [peakPhases - 1][peakTaps]float32
	last    [2 * peakTaps]float32 // the last samples, twice, so that they lie in one piece somewhere
	at      int                   // of the newest
}

func newPeaks() peaks {
	var p peaks
	for phase := range p.filters {
		filter := &p.filters[phase]
		sum := 0.0
		var taps [peakTaps]float64
		for i := range taps {
			at := float64(i-peakMiddle) - float64(phase+1)/peakPhases
			taps[i] = math.Sin(math.Pi*at) / at * (1 + math.Cos(math.Pi*at/peakWindow))
			sum += taps[i]
		}
		for i, tap := range taps {
			filter[i] = float32(tap / sum)
		}
	}
	return p
}

// next takes a sample in. It gives its amplitude or that of the sound between two samples peakDelay ago,
// whichever is greater.
func (p *peaks) next(v float32) float32 {
	if p.at++; p.at == peakTaps {
		p.at = 0
	}
	p.last[p.at], p.last[p.at+peakTaps] = v, v
	x := (*[peakTaps]float32)(p.last[p.at+1:])
	peak := abs(v)
	if max(abs(x[peakMiddle]), abs(x[peakMiddle+1])) <= peakFrom {
		return peak
	}
	for phase := range p.filters {
		sum := float32(0)
		for i, tap := range &p.filters[phase] {
			sum += tap * x[i]
		}
		peak = max(peak, abs(sum))
	}
	return peak
}

// needed gives the least of the last LimiterDelay+1 values.
type needed struct {
	// Candidates, rising: the first is the least, each later one the least after it. A ring.
	values [neededRing]float32
	times  [neededRing]uint32
	first  uint32
	last   uint32 // one after the last
	now    uint32
}

// neededRing is a power of two, and more than there can be candidates.
const neededRing = 256

func (n *needed) next(v float32) float32 {
	n.now++
	for n.last != n.first && n.values[(n.last-1)%neededRing] >= v {
		n.last--
	}
	n.values[n.last%neededRing], n.times[n.last%neededRing] = v, n.now
	n.last++
	if n.now-n.times[n.first%neededRing] > LimiterDelay {
		n.first++
	}
	return n.values[n.first%neededRing]
}
