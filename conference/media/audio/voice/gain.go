package voice

// Gain brings speech to -20 dBFS, slowly and by speech alone: noise is neither measured nor lifted into the
// pauses.
type Gain struct {
	off      bool
	loudness loudness
	gain     float32 // decibels
	factor   float32 // at the end of the last block
}

// What the gain aims at, in decibels, and how fast it moves, in decibels a second.
const (
	aim       = -19 // measured over a word's power; speech then has -20 over its active blocks
	mostGain  = 30
	leastGain = -15
	mostPause = -48 // of the pauses' floor after the gain
	deadZone  = 0.3

	gainFall      = 40
	gainRise      = 8
	gainFirstRise = 20 // in the first seconds of speech
	firstSeconds  = 3

	// It rises only while somebody is likely to speak, and has spoken for so many seconds of late.
	risingProbability = 0.5
	risingEvidence    = 0.4
)

// NewGain makes one that leaves the sound as it is until it has heard speech.
func NewGain() *Gain { return &Gain{loudness: newLoudness(), factor: 1} }

// SetActive switches the gain; it starts active. Switched off, it goes to 0 dB at 40 dB a second, and goes
// on measuring.
func (g *Gain) SetActive(active bool) { g.off = !active }

// Decibels is the gain of the last block's end.
func (g *Gain) Decibels() float32 { return g.gain }

// Process changes the block in place. It may come out above full scale: a [Limiter] follows.
func (g *Gain) Process(block []float32, v Verdict) {
	l := &g.loudness
	l.measure(block, v)
	switch d := g.wanted() - g.gain; {
	case g.off && d > deadZone:
		g.gain += min(d, gainFall*blockSeconds)
	case d < -deadZone:
		g.gain += max(d, -gainFall*blockSeconds)
	case d > deadZone && v.Probability > risingProbability && l.evidence > risingEvidence:
		speed := float32(gainRise)
		if l.heard < firstSeconds {
			speed = gainFirstRise
		}
		g.gain += min(d, speed*blockSeconds)
	}
	factor := amplitude(g.gain)
	step := (factor - g.factor) / float32(len(block))
	for i := range block {
		g.factor += step
		block[i] *= g.factor
	}
	g.factor = factor
}

// wanted is the gain that would bring the speech to the aim, in decibels.
func (g *Gain) wanted() float32 {
	l := &g.loudness
	if g.off || l.heard < leastHeard {
		return 0
	}
	return min(max(aim-l.level, leastGain), mostGain, max(mostPause-l.pauses, 0))
}
