package voice_test

import (
	"math/rand/v2"
	"testing"

	"confab/conference/media/audio/voice"
)

// hintWithin is how long after the first word a muted one is told, in seconds.
const hintWithin = 1.5

func TestWhoSpeaksWhileMutedIsTold(t *testing.T) {
	t.Parallel()
	m := syntheticCast().talk(0, 5, -35, 2)
	if r := recorded(m.mixed); r.spokenAt < 1.5 || r.spokenAt > 1.5+hintWithin {
		t.Errorf("told at %.2f s; the first word is at 1.5 s", r.spokenAt)
	}
}

func TestNoiseIsNotSpeakingWhileMuted(t *testing.T) {
	t.Parallel()
	for i, kind := range noises {
		if r := lonely[i](); r.spokenAt >= 0 {
			t.Errorf("%s: told at %.2f s", kind, r.spokenAt)
		}
	}
	random := rand.New(rand.NewPCG(5, 5))
	cough := scaled(pink(seconds(5), random), -70)
	for _, at := range []float64{2, 3, 4.2} {
		mix(cough, coughed(random), seconds(at), 1)
	}
	if r := recorded(cough); r.spokenAt >= 0 {
		t.Errorf("coughs: told at %.2f s", r.spokenAt)
	}
}

// coughed is a burst of breath.
func coughed(random *rand.Rand) []float64 {
	x := white(seconds(0.3), random)
	fade := 0.2
	for i := range x {
		x[i] *= fade
		fade *= 1 - 1.0/2900
	}
	return x
}

func TestAMicrophoneThatGivesNothingIsTold(t *testing.T) {
	var h voice.Hints
	step := func(n int, peak float32) {
		for range n {
			h.Step(peak, voice.Verdict{}, false)
		}
	}
	step(398, 0)
	if h.NoSound() {
		t.Error("told before 4 s")
	}
	step(4, 1.0/32768)
	if !h.NoSound() {
		t.Error("not told after 4 s")
	}
	step(10, 0.1)
	if !h.NoSound() {
		t.Error("0.1 s of sound are enough")
	}
	step(25, 0.1)
	if h.NoSound() {
		t.Error("still told after 0.35 s of sound")
	}
	for range 20 { // a live capsule at -84 dBFS, and zeros between clicks
		step(300, 3.0/32768)
		step(300, 0)
		step(10, 0.5)
	}
	if h.NoSound() {
		t.Error("told of a microphone that lives")
	}
}

func TestTheHintOfAMutedOneComesOnceAMinuteAndGoesAfterQuiet(t *testing.T) {
	var h voice.Hints
	sure := voice.Verdict{Probability: 1, Sure: true}
	step := func(seconds float64, v voice.Verdict, muted bool) {
		for range int(seconds * 100) {
			h.Step(0.1, v, muted)
		}
	}
	step(5, sure, false)
	if h.MutedSpeaking() {
		t.Error("told without being muted")
	}
	step(0.6, sure, true)
	step(0.4, voice.Verdict{}, true) // a pause does not count against it
	if h.MutedSpeaking() {
		t.Error("told after 0.6 s of speech")
	}
	step(0.2, sure, true)
	if !h.MutedSpeaking() {
		t.Error("not told after 0.8 s of speech")
	}
	step(2.5, voice.Verdict{}, true)
	if !h.MutedSpeaking() {
		t.Error("gone after 2.5 s of quiet")
	}
	step(1, voice.Verdict{}, true)
	if h.MutedSpeaking() {
		t.Error("still there after 3.5 s of quiet")
	}
	step(30, sure, true)
	if h.MutedSpeaking() {
		t.Error("told twice in a minute")
	}
	step(30, sure, true)
	if !h.MutedSpeaking() {
		t.Error("not told again after a minute")
	}
	step(0.01, sure, false)
	if h.MutedSpeaking() {
		t.Error("still told, unmuted")
	}
}
