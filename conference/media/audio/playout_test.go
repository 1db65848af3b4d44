package audio_test

import (
	"fmt"
	"math"
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
		"bursts, near":       {network{loss: 0.10, burst: 5, jitter: 10 * ms, trip: 40 * ms}, 0.04, 110 * ms, 0},
		"bursts, far":        {network{loss: 0.10, burst: 5, jitter: 10 * ms, trip: 120 * ms}, 0.05, 150 * ms, 0},
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
			const seeds = 2
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

func TestAMuteThatIsAnnouncedIsNotConcealedAtAll(t *testing.T) {
	h := network{
		seconds: 30, jitter: 10 * ms,
		change: func(sent time.Duration, p *rtp.Packet) {
			if sent >= 9960*ms && sent < 10*time.Second {
				p.Payload = p.Payload[:1]
			}
		},
		mute: func(sent time.Duration) bool { return sent >= 10*time.Second && sent < 20*time.Second },
	}.run(t, 1)
	if h.ConcealedSamples > 10*millisecond {
		t.Errorf("concealed %d samples, want next to none", h.ConcealedSamples)
	}
	for _, v := range h.sound[12*48000 : 19*48000] {
		if v != 0 {
			t.Fatalf("comfort noise goes on: sample %d", v)
		}
	}
	if r, at := worstStep(h.sound, clipOf(t, 1).clean); r > 2.5 {
		t.Errorf("a click at %v: %.2f times the clean sound's greatest step", at, r)
	}
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
	h := network{seconds: 40, jitter: 10 * ms, route: func(sent time.Duration) time.Duration {
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

func TestAnnouncedPausesAreNotConcealment(t *testing.T) {
	for name, c := range map[string]struct {
		network
		concealed float64
	}{
		"no loss": {network{gate: true, jitter: 10 * ms}, 0.001},
		"loss":    {network{gate: true, jitter: 30 * ms, loss: 0.05}, 0.015},
	} {
		t.Run(name, func(t *testing.T) {
			h := c.run(t, 1)
			t.Logf("concealed %.3f %%, longest gap %v, delay %v", h.concealed()*100, h.gap, h.delay())
			if h.concealed() > c.concealed {
				t.Errorf("concealed %.3f %%, want at most %.3f %%", h.concealed()*100, c.concealed*100)
			}
			if h.gap > 100*ms {
				t.Errorf("longest gap %v", h.gap)
			}
			if r, at := worstStep(h.sound, clipOf(t, 1).clean); r > 2.5 {
				t.Errorf("a click at %v: %.2f times the clean sound's greatest step", at, r)
			}
		})
	}
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

func TestStretchingKeepsATonePure(t *testing.T) {
	t.Parallel()
	tone := make([]int16, 20*48000)
	for i := range tone {
		tone[i] = int16(6000*math.Sin(2*math.Pi*440*float64(i)/48000) + 2000*math.Sin(2*math.Pi*1330*float64(i)/48000))
	}
	c := encode(t, tone)
	for _, ppm := range []float64{-1000, 1000} {
		h := network{clip: c, seconds: 19, jitter: 10 * ms, ppm: ppm}.run(t, 1)
		if h.InsertedSamples+h.RemovedSamples == 0 {
			t.Fatalf("%+.0f ppm: nothing was stretched", ppm)
		}
		worst := math.Inf(1)
		for from := 48000; from+frameSamples <= 18*48000; from += frameSamples {
			worst = min(worst, purity(h.sound[from:from+frameSamples]))
		}
		t.Logf("%+.0f ppm: %d samples put in, %d taken out, the least pure 20 ms have %.1f dB",
			ppm, h.InsertedSamples, h.RemovedSamples, worst)
		if worst < 20 {
			t.Errorf("%+.0f ppm: purity %.1f dB, want at least 20", ppm, worst)
		}
	}
}

// purity is the power of x against what is left without the two tones, in dB.
func purity(x []int16) float64 {
	y := make([]float64, len(x))
	var all, rest float64
	for i, v := range x {
		y[i] = float64(v)
		all += y[i] * y[i]
	}
	for range 6 { // the tones are not quite orthogonal over 20 ms
		for _, hertz := range []float64{440, 1330} {
			var c, s float64
			for i := range y {
				sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
				c, s = c+y[i]*cos, s+y[i]*sin
			}
			for i := range y {
				sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
				y[i] -= (c*cos + s*sin) * 2 / float64(len(y))
			}
		}
	}
	for _, v := range y {
		rest += v * v
	}
	return 10 * math.Log10(all/(rest+1))
}
