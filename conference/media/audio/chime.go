package audio

import (
	"math"
	"time"

	"confab/conference/media"
)

// chimeLength is how long the test sound lasts, with its end and what a device still holds of it.
const chimeLength = 1500 * millisecond

// notes of the test sound: a fifth, E5 and then B5.
var notes = []struct {
	hertz float64
	at    int // samples
}{{659.26, 0}, {987.77, 220 * millisecond}}

// chime is a test sound: two struck notes that die away.
type chime struct {
	done   chan struct{} // closed by fill after the last sample
	played int           // samples; owned by fill
}

func newChime() *chime { return &chime{done: make(chan struct{})} }

// fill gives the next 10 ms.
func (c *chime) fill(now time.Time, out *media.AudioFrame) {
	out.Captured = now
	if c.played >= chimeLength {
		clear(out.Samples[:])
		return
	}
	for i := range out.Samples {
		out.Samples[i] = chimeAt(c.played + i)
	}
	if c.played += media.FrameSamples; c.played >= chimeLength {
		close(c.done)
	}
}

// chimeAt is one sample: each note with a softer octave, 5 ms of attack, and a decay of 0.2 s.
func chimeAt(n int) int16 {
	sum := 0.0
	for _, note := range notes {
		t := float64(n-note.at) / media.SampleRate
		if t < 0 {
			continue
		}
		w := 2 * math.Pi * note.hertz * t
		sum += (math.Sin(w) + 0.25*math.Sin(2*w)) * math.Exp(-t/0.2) * min(1, t/0.005)
	}
	return int16(sum * 0.2 * math.MaxInt16)
}
