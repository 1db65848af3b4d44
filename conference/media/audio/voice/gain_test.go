package voice_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"confab/conference/media/audio/voice"
)

// The goals of the gain, in dBFS and decibels.
const (
	outLevel = -20
	nearby   = 3 // of outLevel, for speech from -50 to -10 dBFS
	// unlifted is the gain that noise alone may bring about; loud keys sound like words.
	unlifted     = 1
	unliftedKeys = 10
)

// talk is speech of the cast at a level, with the noise of a microphone at -78 dBFS.
func (c cast) talk(talker int, length, level float64, seed uint64) *mixture {
	return c.speakIn(talker, place{level: level, seconds: length, quiet: 1.5, selfDBFS: -78, seed: seed})
}

func TestSpeechOfAnyLoudnessComesOutAtOne(t *testing.T) {
	t.Parallel()
	for talker, level := range []float64{-50, -33, -10} {
		m := syntheticCast().talk(talker, 11, level, 3)
		r := recorded(m.mixed)
		got, times := loudnesses(m.clean, r.out)
		for i, l := range got {
			if i >= 2 && math.Abs(l-outLevel) > nearby {
				t.Errorf("speech of %g dBFS is at %.1f dBFS after %.1f s, want %d within %d", level, l, times[i], outLevel, nearby)
			}
		}
		if len(got) < 4 {
			t.Errorf("only %d seconds of speech", len(got))
		}
		if p := truePeak(r.out); p > mostPeak {
			t.Errorf("speech of %g dBFS peaks at %.2f dBFS, want %.2f at most", level, p, mostPeak)
		}
	}
}

func TestTheGainFollowsAStepUpAndDown(t *testing.T) {
	const up, down = 6, 12 // seconds
	t.Parallel()
	var clean, mixed []float64
	for i, level := range []float64{-45, -15, -45} {
		m := syntheticCast().talk(1, []float64{up, down - up, 14}[i], level, uint64(i))
		clean, mixed = append(clean, m.clean...), append(mixed, m.mixed...)
	}
	r := recorded(mixed)
	if p := truePeak(r.out); p > mostPeak {
		t.Errorf("true peak %.2f dBFS, want %.2f at most", p, mostPeak)
	}
	got, times := loudnesses(clean, r.out)
	for i, at := range times {
		off := math.Abs(got[i] - outLevel)
		if at > up+1.5+3 && at < down && off > nearby || at > down+11 && off > 5 {
			t.Errorf("at %.1f s speech is at %.1f dBFS", at, got[i])
		}
	}
}

func TestNoiseAloneIsNotLifted(t *testing.T) {
	t.Parallel()
	for i, kind := range noises {
		most := float64(unlifted)
		if kind == "keys" {
			most = unliftedKeys
		}
		if g := maximum(lonely[i]().gains); g > most {
			t.Errorf("%s alone is lifted by %.1f dB, want %v at most", kind, g, most)
		}
	}
}

// lonely are the records of each noise alone, at -40 dBFS, shared by all tests.
var lonely = func() (all []func() *record) {
	for _, kind := range noises {
		all = append(all, sync.OnceValue(func() *record { return alone(syntheticCast(), kind, -40, 6, 1) }))
	}
	return all
}()

// alone is the chain's record of a noise with nobody speaking, at a level in dBFS.
func alone(c cast, kind string, level, length float64, seed uint64) *record {
	x := scaled(noise(kind, seconds(length), c.people, rand.New(rand.NewPCG(seed, 8))), level)
	quantise(x)
	return recorded(x)
}

func TestAGainThatIsSwitchedOffGoesBackToNone(t *testing.T) {
	t.Parallel()
	m := syntheticCast().talk(0, 5, -40, 1)
	g, s, d := voice.NewGain(), voice.NewSuppressor(), voice.NewDetector()
	play := func() {
		through(m.mixed, func(_ int, block []float32) {
			s.Process(block, block)
			g.Process(block, d.Judge(s, block))
		})
	}
	play()
	if g.Decibels() < 10 {
		t.Fatalf("gain %.1f dB, want more: quiet speech", g.Decibels())
	}
	g.SetActive(false)
	play()
	if math.Abs(float64(g.Decibels())) > 0.5 {
		t.Errorf("switched off, the gain is %.1f dB", g.Decibels())
	}
	g.SetActive(true)
	play()
	if g.Decibels() < 10 {
		t.Errorf("switched on again, the gain is %.1f dB", g.Decibels())
	}
}
