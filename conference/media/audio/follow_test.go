package audio_test

import (
	"fmt"
	"testing"
	"time"
)

// Ten minutes of a clock that is 200 ppm off are 120 ms: they are neither heard nor kept as delay.
func TestPlayoutFollowsADriftingClock(t *testing.T) {
	for _, ppm := range []float64{-200, 200} {
		t.Run(fmt.Sprintf("%+.0f ppm", ppm), func(t *testing.T) {
			t.Parallel()
			h := network{seconds: 600, unheard: true, jitter: 3 * ms, ppm: ppm}.run(t, 1)
			if c := h.concealed(); c > 0.0005 {
				t.Errorf("concealed %.4f %%, want at most 0.05 %%", c*100)
			}
			for s, d := range h.delays[2:] {
				if d < 5*ms || d > 45*ms {
					t.Fatalf("delay in second %d is %v, want 5 to 45 ms", s+2, d)
				}
			}
			first, last := mean(h.delays[2:102]), mean(h.delays[500:])
			t.Logf("concealed %.4f %%, delay %v, at the end %v", h.concealed()*100, first, last)
			if d := last - first; d > 6*ms || d < -6*ms {
				t.Errorf("delay was %v in the beginning and %v at the end", first, last)
			}
			if h.InsertedSamples+h.RemovedSamples == 0 {
				t.Error("time was not stretched")
			}
		})
	}
}

// A way that becomes longer by 150 ms, and shorter again, is followed: its delay is not kept.
func TestAnotherRouteIsFollowedWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	n := network{seconds: 45, jitter: 10 * ms, route: func(sent time.Duration) time.Duration {
		if sent >= 15*time.Second && sent < 30*time.Second {
			return 150 * ms
		}
		return 0
	}}
	for seed := range uint64(2) {
		h := n.run(t, 100+seed)
		if quiet := longestSilence(h.sound[5*48000:]); h.gap+quiet > 200*ms {
			t.Errorf("seed %d: %v concealed in a row and %v of silence, want at most 200 ms", seed, h.gap, quiet)
		}
		before := mean(h.delays[5:15])
		for _, s := range []int{20, 25, 29, 35, 40, 44} {
			if h.delays[s] > before+10*ms {
				t.Errorf("seed %d: delay in second %d is %v, want %v as before the changes", seed, s, h.delays[s], before)
			}
		}
	}
}

// longestSilence is the longest run of zeros.
func longestSilence(sound []int16) time.Duration {
	longest, run := 0, 0
	for _, v := range sound {
		if run++; v != 0 {
			run = 0
		}
		longest = max(longest, run)
	}
	return time.Duration(longest) * time.Second / 48000
}

func mean(delays []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range delays {
		sum += d
	}
	return sum / time.Duration(len(delays))
}

func TestAnOutageIsConcealmentAndFadesToSilence(t *testing.T) {
	h := network{seconds: 30, jitter: 10 * ms, outage: func(sent time.Duration) bool {
		return sent >= 10*time.Second && sent < 12*time.Second
	}}.run(t, 1)
	if h.PacketsLost != 100 {
		t.Errorf("lost %d packets, want 100", h.PacketsLost)
	}
	if s := float64(h.ConcealedSamples) / 48000; s < 1.9 || s > 2.1 {
		t.Errorf("concealed %.2f s, want 2", s)
	}
	for _, v := range h.sound[10.3*48000 : 11.9*48000] {
		if v != 0 {
			t.Fatalf("a sample of %d in the outage", v)
		}
	}
	if d := h.delays[14]; d > 60*ms {
		t.Errorf("delay after the outage is %v, want at most 60 ms", d)
	}
	if r, at := worstStep(h.sound, clipOf(t, 1).clean); r > 2.5 {
		t.Errorf("a click at %v: %.2f times the clean sound's greatest step", at, r)
	}
}

func TestAfterAStallTheDelayComesDownAgain(t *testing.T) {
	h := network{seconds: 20, jitter: 10 * ms, route: func(sent time.Duration) time.Duration {
		if sent >= 10*time.Second && sent < 11200*ms { // comes all at once
			return 11200*ms - sent
		}
		return 0
	}}.run(t, 2)
	if s := float64(h.ConcealedSamples) / 48000; s < 0.9 || s > 1.4 {
		t.Errorf("concealed %.2f s, want 1.2", s)
	}
	if h.PacketsLost != 0 {
		t.Errorf("lost %d packets, want 0", h.PacketsLost)
	}
	if d := h.delays[16]; d > 100*ms {
		t.Errorf("delay 5 s after the stall is %v, want at most 100 ms", d)
	}
}
