package voice

// Hints watches a microphone for what its user should be told: that they speak while muted, and that the
// microphone gives nothing. It must see the sound while muted too. The zero value has nothing to say.
type Hints struct {
	speaking bool
	spoken   float32 // seconds of sure speech while muted
	calm     float32 // seconds since
	wait     float32 // seconds before it may be said again

	dead  bool
	zeros float32 // seconds of next to nothing
	alive float32 // seconds since
}

// Times in seconds.
const (
	hintAfter = 0.7  // of speech
	hintPause = 0.5  // a pause of less counts little against it
	hintLeak  = 0.15 // so little: what sounds like a voice only now and then is not one
	hintOver  = 3    // of quiet end it
	hintAgain = 60   // from one hint to the next at least

	deadPeak  = 2.0 / 32768 // a live capsule is never below
	deadAfter = 4
	aliveFor  = 0.05 // of sound: not a click
	aliveOver = 0.3  // of sound: not dead any more
)

// Step takes the next block: its peak before all stages, what the detector says of it, and whether the
// microphone is muted.
func (h *Hints) Step(peak float32, v Verdict, muted bool) {
	h.wait = max(h.wait-blockSeconds, 0)
	h.stepSpeaking(v.Sure, muted)
	h.stepDead(peak)
}

func (h *Hints) stepSpeaking(sure, muted bool) {
	switch {
	case !muted:
		h.spoken, h.calm, h.speaking = 0, 0, false
		return
	case sure:
		h.spoken, h.calm = min(h.spoken+blockSeconds, hintAfter), 0
	default:
		leak := float32(hintLeak)
		if h.calm = min(h.calm+blockSeconds, hintOver); h.calm > hintPause {
			leak = 1
		}
		h.spoken = max(h.spoken-leak*blockSeconds, 0)
	}
	switch {
	case h.speaking && h.calm >= hintOver:
		h.speaking = false
	case !h.speaking && h.spoken >= hintAfter && h.wait == 0:
		h.speaking, h.wait = true, hintAgain
	}
}

func (h *Hints) stepDead(peak float32) {
	if peak < deadPeak {
		h.zeros, h.alive = min(h.zeros+blockSeconds, deadAfter), 0
		h.dead = h.dead || h.zeros >= deadAfter
		return
	}
	if h.alive = min(h.alive+blockSeconds, aliveOver); h.alive > aliveFor {
		h.zeros = 0
	}
	if h.alive >= aliveOver {
		h.dead = false
	}
}

// MutedSpeaking tells that somebody speaks into a muted microphone: after 0.7 s of speech, until 3 s of
// quiet, and once a minute at most.
func (h *Hints) MutedSpeaking() bool { return h.speaking }

// NoSound tells that the microphone has given nothing for 4 s: not even the noise of its own.
func (h *Hints) NoSound() bool { return h.dead }
