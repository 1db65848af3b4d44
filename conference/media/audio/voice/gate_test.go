package voice_test

import (
	"testing"

	"confab/conference/media/audio/voice"
)

// gating is what a gate did with a mixture.
type gating struct {
	ends, cutEnds     int // of utterances
	speech, cutSpeech int // blocks
	pauses, sent      int // blocks
}

// add runs a gate over what was heard.
func (g *gating) add(h hearing) {
	gate := voice.NewGate()
	var open []bool
	through(h.out, func(at int, block []float32) {
		if at > 0 { // the suppressor is a block late
			open = append(open, gate.Open(block, h.verdicts[at-1]))
		}
	})
	const after = 60 // blocks
	for i := settled; i < len(open)-after; i++ {
		switch {
		case h.active[i]:
			g.speech++
			if !open[i] {
				g.cutSpeech++
			}
		case h.pause[i]:
			g.pauses++
			if open[i] {
				g.sent++
			}
		}
		if h.active[i] && !h.active[i+1] && !h.active[i+2] && !h.active[i+5] && h.pause[i+after] {
			g.ends++
			if !open[i] {
				g.cutEnds++
			}
		}
	}
}

func TestTheGateCutsNoWordAndSparesPauses(t *testing.T) {
	t.Parallel()
	const (
		mostCut  = 0.03 // of speech at 10 dB and less: first consonants that the noise covers
		mostSent = 0.25 // of quiet and steady pauses: the hold after a word reaches into each
	)
	var quiet gating // in the scenes without noise, or with steady noise
	for i, h := range hearings() {
		var g gating
		g.add(h)
		if g.cutEnds > 0 {
			t.Errorf("%q: %d of %d ends of words cut, want none", h.kind, g.cutEnds, g.ends)
		}
		most := mostCut
		if h.kind == "" || h.snr > 10 {
			most = 0
		}
		if cut := float64(g.cutSpeech) / float64(g.speech); cut > most {
			t.Errorf("%q: %.2f %% of speech cut, want %.2f %% at most", h.kind, 100*cut, 100*most)
		}
		if i < stationary || i >= clean {
			quiet.add(h)
		}
	}
	if sent := float64(quiet.sent) / float64(quiet.pauses); sent > mostSent || quiet.ends == 0 {
		t.Errorf("%.0f %% of pauses sent, want %.0f %% at most; %d words ended", 100*sent, 100*mostSent, quiet.ends)
	}
}
