package audio_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pion/rtp"
)

const ms = time.Millisecond

func TestPlayoutConcealsAndDelaysWithinItsLimits(t *testing.T) {
	cases := map[string]struct {
		network
		concealed float64       // mean of the seeds
		delay     time.Duration // mean
		gap       time.Duration // longest; 0: any
	}{
		"LAN":                {network{jitter: 3 * ms}, 0.0005, 35 * ms, 0},
		"loss and jitter":    {network{loss: 0.05, jitter: 30 * ms}, 0.02, 65 * ms, 0},
		"out of order":       {network{loss: 0.05, jitter: 60 * ms, reorder: true}, 0.025, 80 * ms, 0},
		"ten percent":        {network{loss: 0.10, jitter: 10 * ms}, 0.04, 60 * ms, 0},
		"bursts":             {network{loss: 0.10, burst: 5, jitter: 10 * ms}, 0.11, 60 * ms, 0},
		"twice and in order": {network{jitter: 40 * ms, reorder: true, twice: 0.2}, 0.0005, 70 * ms, 0},
		"longer route": {network{jitter: 10 * ms, route: func(sent time.Duration) time.Duration {
			if sent >= 20*time.Second && sent < 40*time.Second {
				return 150 * ms
			}
			return 0
		}}, 0.006, 45 * ms, 150 * ms},
		"stalls": {network{jitter: 5 * ms, route: func(sent time.Duration) time.Duration {
			if in := sent % (5 * time.Second); in >= 2500*ms && in < 2600*ms {
				return 2600*ms - in
			}
			return 0
		}}, 0.025, 50 * ms, 130 * ms},
		"four callbacks at once": {network{jitter: 3 * ms, pulls: 4}, 0.001, 60 * ms, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var concealed float64
			var delay time.Duration
			const seeds = 3
			for seed := range uint64(seeds) {
				h := c.run(t, seed)
				concealed += h.concealed() / seeds
				delay += h.delay() / seeds
				if h.start > 60*ms && c.pulls == 0 {
					t.Errorf("seed %d: started after %v, want at most 60 ms", seed, h.start)
				}
				if c.gap > 0 && h.gap > c.gap {
					t.Errorf("seed %d: longest gap %v, want at most %v", seed, h.gap, c.gap)
				}
				if r, at := worstStep(h.sound, clipOf(t, seed%3).clean); r > 2.5 {
					t.Errorf("seed %d: a click at %v: %.2f times the greatest step of the clean sound", seed, at, r)
				}
			}
			t.Logf("concealed %.3f %%, delay %v", concealed*100, delay.Round(100*time.Microsecond))
			if concealed > c.concealed {
				t.Errorf("concealed %.3f %%, want at most %.3f %%", concealed*100, c.concealed*100)
			}
			if delay > c.delay {
				t.Errorf("delay %v, want at most %v", delay, c.delay)
			}
		})
	}
}

func TestPlayoutFollowsADriftingClock(t *testing.T) {
	for _, ppm := range []float64{-200, 200} {
		t.Run(fmt.Sprintf("%+.0f ppm", ppm), func(t *testing.T) {
			t.Parallel()
			h := network{seconds: 120, jitter: 3 * ms, ppm: ppm}.run(t, 1)
			if c := h.concealed(); c > 0.0005 {
				t.Errorf("concealed %.4f %%, want at most 0.05 %%", c*100)
			}
			for s, d := range h.delays[2:] {
				if d < 10*ms || d > 45*ms {
					t.Fatalf("delay in second %d is %v, want 10 to 45 ms", s+2, d)
				}
			}
			if h.InsertedSamples+h.RemovedSamples == 0 {
				t.Error("time was not stretched")
			}
		})
	}
}

func TestNumbersAndTimestampsWrapUnheard(t *testing.T) {
	h := network{jitter: 10 * ms, reorder: true, first: 65000, firstTS: 1<<32 - 48000*20}.run(t, 2)
	if h.concealed() > 0.0005 || h.PacketsLost != 0 {
		t.Errorf("concealed %.4f %%, lost %d, want none", h.concealed()*100, h.PacketsLost)
	}
}

func TestLossIsCounted(t *testing.T) {
	h := network{loss: 0.1, jitter: 10 * ms, first: 65500}.run(t, 1)
	if h.PacketsLost+int64(h.PacketsReceived) != 3000 && h.PacketsLost+int64(h.PacketsReceived) != 2999 {
		t.Errorf("lost %d and received %d are not the 3000 that were sent", h.PacketsLost, h.PacketsReceived)
	}
}

func TestMuteIsAPauseAndNotALoss(t *testing.T) {
	mute := func(sent time.Duration) bool {
		return sent > 10*time.Second && sent < 20*time.Second || sent > 30*time.Second && sent < 33*time.Second
	}
	h := network{jitter: 10 * ms, mute: mute}.run(t, 1)
	if limit := uint64(2 * 100 * millisecond); h.ConcealedSamples > limit {
		t.Errorf("concealed %d samples, want at most %d: two fade-outs", h.ConcealedSamples, limit)
	}
	if h.PacketsLost != 0 {
		t.Errorf("lost %d packets, want 0", h.PacketsLost)
	}
	for _, v := range h.sound[11*48000 : 19*48000] {
		if v != 0 {
			t.Fatalf("a mute sender is heard: sample %d", v)
		}
	}
	for _, s := range []int{22, 35} { // seconds after the mute
		if d := h.delays[s]; d < 15*ms || d > 60*ms {
			t.Errorf("delay after the mute is %v, want 15 to 60 ms", d)
		}
	}
	if r, at := worstStep(h.sound, clipOf(t, 1).clean); r > 2.5 {
		t.Errorf("a click at %v: %.2f times the clean sound's greatest step", at, r)
	}
}

func TestAnOutageIsConcealment(t *testing.T) {
	h := network{jitter: 10 * ms, change: func(sent time.Duration, p *rtp.Packet) {
		if sent > 10*time.Second && sent < 12*time.Second {
			p.SSRC = 99 // as good as lost; a stray now and then
		}
	}, mute: func(sent time.Duration) bool { return false }}.run(t, 1)
	_ = h
}

func TestASenderThatRestartsIsHeardAgain(t *testing.T) {
	h := network{jitter: 10 * ms, change: func(sent time.Duration, p *rtp.Packet) {
		if sent >= 20*time.Second {
			p.SSRC, p.Timestamp = 2, p.Timestamp+1e9
		}
		if sent >= 40*time.Second { // the same SSRC, another clock
			p.Timestamp, p.SequenceNumber = p.Timestamp+2e9, p.SequenceNumber+30000
		}
	}}.run(t, 0)
	if c := h.concealed(); c > 0.004 {
		t.Errorf("concealed %.3f %%, want at most 0.4 %%", c*100)
	}
	if h.JitterBufferEmittedCount < 59*48000 {
		t.Errorf("heard %.1f s of 60", float64(h.JitterBufferEmittedCount)/48000)
	}
	if h.PacketsDiscarded > 10 {
		t.Errorf("discarded %d packets", h.PacketsDiscarded)
	}
}

func TestOneStrayPacketDoesNotDisturb(t *testing.T) {
	h := network{jitter: 3 * ms, change: func(sent time.Duration, p *rtp.Packet) {
		switch {
		case sent == 10*time.Second:
			p.SSRC = 77
		case sent == 20*time.Second:
			p.Timestamp += 48000 * 100
		case sent == 30*time.Second:
			p.SequenceNumber -= 5000
		}
	}}.run(t, 1)
	if h.PacketsDiscarded != 3 {
		t.Errorf("discarded %d packets, want the 3 strays", h.PacketsDiscarded)
	}
	if h.ConcealedSamples > 3*frameSamples {
		t.Errorf("concealed %d samples, want at most three frames", h.ConcealedSamples)
	}
}
