package echo

import (
	"math"
	"slices"
)

const (
	sampleRate  = 48000
	millisecond = sampleRate / 1000
	block       = 10 * millisecond // what Process takes and gives

	// cushion is how far the timeline keeps behind what is reported as played: reports may come late by so
	// much before the search misses something. The search lets the microphone wait as long.
	cushion = 40 * millisecond
	// patience is how many blocks something must last before the timeline moves: a burst of late reports,
	// or of late microphone blocks, is over by then.
	patience = 20
	// loose is by how much the reports may move against the microphone without it being taken for lost
	// sound of either.
	loose = 20 * millisecond
	// standstill is how many blocks a burst of late reports takes at most; then the loudspeaker is away.
	standstill = 6
	// torn is what no late microphone block explains: its device was away.
	torn = 200 * millisecond
)

// timeline says where in what was played the present of the microphone lies. That is not the newest sample
// reported, whose number moves in bursts, but a place that runs at an even rate and keeps some cushion
// behind them.
type timeline struct {
	source *played

	at   float64 // index in source at the end of the present block
	rate float64 // samples of source a microphone sample

	started bool
	ahead   [patience]float64 // how far the head was before at, of the last blocks
	blocks  int               // that tell: since the last jump or standstill
	enough  int               // how many must tell before the timeline moves
	head    int64             // of the block before
	still   int               // blocks since it moved
}

// advance takes the next block. It returns by how much the place has jumped against the microphone: sound
// of the microphone was lost (positive), or the loudspeaker stood still (negative). What is lost to one
// device moves the echo as well, so that its delay is afterwards about what it was.
func (t *timeline) advance() (jump float64) {
	head := t.source.head()
	if !t.started {
		if head == 0 {
			return 0
		}
		t.started, t.enough = true, patience
		t.at = float64(head - cushion - block)
	}
	t.at += block*t.rate + t.nudge()
	if t.standsStill(head) {
		return 0
	}
	ahead := float64(head) - t.at
	t.ahead[t.blocks%patience] = ahead
	t.blocks++
	if ahead > cushion+torn {
		return t.jump(ahead - cushion)
	}
	if t.blocks < t.enough {
		return 0
	}
	low, high := t.span()
	if low > cushion+loose || high < cushion-loose {
		return t.jump(high - cushion)
	}
	return 0
}

// standsStill says that the loudspeaker takes nothing: what was before does not tell where it will go on.
func (t *timeline) standsStill(head int64) bool {
	t.still++
	if head != t.head {
		t.head, t.still = head, 0
	}
	if t.still <= standstill {
		return false
	}
	t.blocks, t.enough = 0, patience/2
	return true
}

func (t *timeline) jump(by float64) float64 {
	t.at += by
	t.blocks, t.enough = 0, patience
	return by
}

// follow takes what the echo has moved by for sound that a device has lost, if that is what the reports show as
// well: too little for jump. It reports whether the place has changed.
func (t *timeline) follow(by float64) bool {
	if t.blocks < patience {
		return false
	}
	_, high := t.span()
	if off := high - cushion; math.Abs(off-by) >= math.Abs(off) {
		return false
	}
	t.at += by
	for i := range t.ahead {
		t.ahead[i] -= by
	}
	return true
}

// span is how far the head was before the timeline during the last blocks, at least and at most.
func (t *timeline) span() (low, high float64) {
	told := t.ahead[:min(t.blocks, patience)]
	return slices.Min(told), slices.Max(told)
}

// nudge keeps the cushion while the rate is not known: 0.05 samples a block are 100 millionths.
func (t *timeline) nudge() float64 {
	if t.blocks < patience {
		return 0
	}
	_, high := t.span()
	return min(max((high-cushion)*1e-3, -0.05), 0.05)
}

// low is how far the head is before the timeline when reports are late, in samples.
func (t *timeline) low() float64 {
	if t.blocks == 0 {
		return 0
	}
	low, _ := t.span()
	return low
}
