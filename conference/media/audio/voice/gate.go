package voice

// Gate tells which blocks are worth sending; Opus gets zeros for the others, and its DTX sends nothing.
// A block too many costs 40 bytes, one too few a consonant: it opens on little and closes late.
type Gate struct {
	floor float32 // dB of the quietest blocks
	run   int     // blocks of speech in a row
	hold  int     // blocks for which it stays open
}

const (
	gateStart    = -60 // dB: the floor before anything was heard
	gateFall     = 0.2 // share of the way down to a quieter block
	gateRise     = 0.02
	gateOver     = 9   // dB over the floor are worth sending
	gateLeast    = -75 // dB: below, nothing is
	gateSpeech   = 0.5 // probability
	gateMaybe    = 0.35
	gateTalk     = 5 // blocks of speech in a row make a talker
	holdTalk     = 40
	holdAnything = 12
)

// NewGate makes one that is shut.
func NewGate() *Gate { return &Gate{floor: gateStart} }

// Open tells whether the block is worth sending. It takes the block after the suppressor and before the
// gain.
func (g *Gate) Open(block []float32, v Verdict) bool {
	level := decibels(powerOf(block))
	if level < g.floor {
		g.floor += gateFall * (level - g.floor)
	} else {
		g.floor += gateRise
	}
	if v.Probability > gateSpeech {
		g.run++
	} else {
		g.run = 0
	}
	switch {
	case g.run >= gateTalk:
		g.hold = holdTalk
	case v.Probability > gateMaybe, level > g.floor+gateOver && level > gateLeast:
		g.hold = max(g.hold, holdAnything)
	case g.hold > 0:
		g.hold--
	}
	return g.hold > 0
}
