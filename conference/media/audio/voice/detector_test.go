package voice_test

import (
	"testing"

	"confab/conference/media/audio/voice"
)

// The goal of the detector: hits while one pause in twenty is taken for speech.
const (
	leastHits = 0.70
	alarms    = 0.05
)

func TestTheDetectorTellsSpeechFromPauses(t *testing.T) {
	t.Parallel()
	if hits, threshold := detection(hearings(), alarms); hits < leastHits {
		t.Errorf("%.0f %% of speech found above probability %.2f, want %.0f %%", 100*hits, threshold, 100*leastHits)
	}
}

func TestNothingIsNotSpeech(t *testing.T) {
	c := newChain()
	x := make([]float32, voice.BlockLength)
	for range 200 {
		clear(x)
		if b := c.process(x, false); b.Sure || b.Probability > 0.1 || b.open || b.level != 127 {
			t.Fatalf("digital silence is %+v", b)
		}
	}
}
