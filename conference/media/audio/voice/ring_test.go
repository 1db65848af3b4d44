package voice_test

import (
	"testing"

	"confab/conference/media/audio/voice"
)

func TestTheRingIsOnAfterATenthOfASecondAndOffAfterSix(t *testing.T) {
	var r voice.Ring
	for i := 1; i <= 10; i++ {
		if on := r.Step(20, true); on != (i >= 5) {
			t.Errorf("after %d ms of speech: %v", 20*i, on)
		}
	}
	for i := 1; i <= 40; i++ {
		if on := r.Step(127, false); on != (i < 30) {
			t.Errorf("after %d ms of silence: %v", 20*i, on)
		}
	}
}

func TestTheRingDoesNotShowWhatIsNotSpeech(t *testing.T) {
	tests := map[string]func(i int) (level uint8, voice bool){
		"loud noise":      func(int) (uint8, bool) { return 10, false },
		"quiet voice":     func(int) (uint8, bool) { return 60, true },
		"a cough":         func(i int) (uint8, bool) { return 20, i < 4 },
		"clicks":          func(i int) (uint8, bool) { return 20, i%8 == 0 },
		"nobody, nothing": func(int) (uint8, bool) { return 127, false },
	}
	for name, step := range tests {
		var r voice.Ring
		for i := range 200 {
			if r.Step(step(i)) {
				t.Errorf("%s: on after %d ms", name, 20*i)
				break
			}
		}
	}
}

func TestTheRingStaysOnBetweenWords(t *testing.T) {
	var r voice.Ring
	for i := range 200 {
		speaks := i%35 < 10 // 200 ms of speech, 500 ms of pause
		if on := r.Step(25, speaks); i > 5 && !on {
			t.Fatalf("off after %d ms", 20*i)
		}
	}
}
