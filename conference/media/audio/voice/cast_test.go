package voice_test

import (
	"slices"
	"sync"
	"testing"

	"confab/conference/media/audio/voice"
)

// cast is who speaks in the tests: three talkers, and the people of a babble.
type cast struct {
	name    string
	talkers [][][]float64 // utterances of each
	people  [][][]float64
}

// levels are how loud the talkers of a cast speak, in dBFS.
var levels = []float64{-26, -40, -18}

var syntheticCast = sync.OnceValue(func() cast {
	c := cast{name: "synthetic"}
	for _, t := range synthetic {
		c.talkers = append(c.talkers, t.sentences(8, 1))
	}
	for _, t := range crowd {
		c.people = append(c.people, t.sentences(4, 2))
	}
	return c
})

func espeakCast(t *testing.T) cast {
	all := espeak(t)
	return cast{name: "espeak-ng", talkers: all[:3], people: all[espeakTalkers:]}
}

// scenes are the mixtures of the normal run: each noise at some SNR, and each talker without.
var scenes = []place{
	{noise: "white", snr: 10},
	{noise: "pink", snr: 20},
	{noise: "fan", snr: 5},
	{noise: "keys", snr: 10},
	{noise: "babble", snr: 5},
	{noise: "café", snr: 10},
	{noise: "doors", snr: 0},
	{},
	{},
	{},
}

// stationary scenes are the first ones, clean ones the last.
const (
	stationary = 3
	clean      = 7
)

// heard are the scenes as suppressor and detector hear them, from the synthetic cast; made when first asked
// for, and shared by all tests.
var heard = func() (all []func() hearing) {
	for i, p := range scenes {
		all = append(all, sync.OnceValue(func() hearing {
			talker := i % 3
			p.level, p.seconds, p.quiet, p.seed = levels[talker], 11, 3.1, uint64(i+1)
			return hear(syntheticCast().speakIn(talker, p))
		}))
	}
	return all
}()

// hearings are all of heard.
func hearings() (all []hearing) {
	for _, h := range heard {
		all = append(all, h())
	}
	return all
}

// speakIn is a mixture of one talker of the cast.
func (c cast) speakIn(talker int, p place) *mixture {
	return speakIn(p, c.talkers[talker], c.people)
}

// hearing is what suppressor and detector made of a mixture.
type hearing struct {
	*mixture
	out      []float64       // suppressorDelay late
	verdicts []voice.Verdict // of the blocks of the mixture
}

func hear(m *mixture) hearing {
	s, d := voice.NewSuppressor(), voice.NewDetector()
	h := hearing{mixture: m}
	h.out = through(m.mixed, func(_ int, block []float32) {
		s.Process(block, block)
		h.verdicts = append(h.verdicts, d.Judge(s, block))
	})
	h.verdicts = h.verdicts[suppressorDelay/blockLength:]
	return h
}

// settled is the block from which on a detector is judged: 3 s.
const settled = 300

// detection is the share of speech blocks that are told from pauses when alarms is the share of pauses
// taken for speech, over all hearings.
func detection(all []hearing, alarms float64) (hits, threshold float64) {
	speech, pauses := probabilities(all)
	slices.Sort(pauses)
	threshold = pauses[int(float64(len(pauses))*(1-alarms))]
	return share(speech, threshold), threshold
}

// probabilities are those of the blocks with speech, and of those in pauses.
func probabilities(all []hearing) (speech, pauses []float64) {
	for _, h := range all {
		for i := settled; i < len(h.verdicts); i++ {
			switch p := float64(h.verdicts[i].Probability); {
			case h.active[i]:
				speech = append(speech, p)
			case h.pause[i]:
				pauses = append(pauses, p)
			}
		}
	}
	return speech, pauses
}

// share is how many of x are above a threshold, 0 to 1.
func share(x []float64, threshold float64) float64 {
	n := 0
	for _, v := range x {
		if v > threshold {
			n++
		}
	}
	return float64(n) / float64(max(len(x), 1))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(max(len(x), 1))
}
