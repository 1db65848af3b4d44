package voice

// Ceiling is the true peak that leaves the limiter at most, as an amplitude: -1 dBFS.
const Ceiling = 0.8913

const (
	// LimiterDelay is how much later samples leave the limiter, in samples: 5 ms.
	LimiterDelay = 240

	// The limiter works towards slightly less, for what its interpolation misses of a peak.
	limit = Ceiling * 0.97
	// rampLength is over how many samples the gain goes down: the delay less that of the interpolation.
	rampLength = LimiterDelay - peakDelay
	// release is the share of the way back to full gain of a sample: 80 ms.
	release = 1.0 / (0.08 * SampleRate)
	// released is when the way back has ended; float32 would never come to 1.
	released = 0.999
)

// Limiter lowers the gain before a peak comes, and raises it slowly after. A peak is the true one, between
// the samples too (ITU-R BS.1770-4 annex 2). What stays below the ceiling leaves as it came, 5 ms later.
type Limiter struct {
	peaks   peaks
	delayed [LimiterDelay]float32
	at      int // of the oldest in delayed

	needed needed              // by what is in delayed
	held   float32             // the least gain needed of late, released
	line   [rampLength]float32 // held of the last samples
	next   int                 // the oldest in line
	sum    float64             // of line
	idle   int                 // samples for which held was 1
}

// NewLimiter makes one at full gain, with 5 ms of silence inside.
func NewLimiter() *Limiter {
	l := &Limiter{peaks: newPeaks(), held: 1, sum: rampLength, idle: rampLength}
	for i := range l.line {
		l.line[i] = 1
	}
	return l
}

// Process limits a block of any length in place.
func (l *Limiter) Process(block []float32) {
	for i, v := range block {
		gain := l.gain(l.peaks.next(v))
		block[i], l.delayed[l.at] = l.delayed[l.at]*gain, v
		if l.at++; l.at == LimiterDelay {
			l.at = 0
		}
	}
}

// gain of the sample that leaves, when peak is the newest.
func (l *Limiter) gain(peak float32) float32 {
	need := float32(1)
	if peak > limit {
		need = limit / peak
	}
	least := l.needed.next(need)
	if l.held += release * (least - l.held); l.held > least {
		l.held = least
	}
	if least == 1 && l.held > released {
		l.held = 1
	}
	if l.held < 1 {
		l.idle = 0
	} else if l.idle++; l.idle > rampLength { // line is all ones
		l.idle = rampLength
		return 1
	}
	l.sum += float64(l.held - l.line[l.next])
	l.line[l.next] = l.held
	if l.next++; l.next == rampLength {
		l.next = 0
	}
	return min(float32(l.sum/rampLength), 1)
}
