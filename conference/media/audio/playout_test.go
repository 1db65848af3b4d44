package audio_test

import (
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
		"longer route": {network{seconds: 60, jitter: 10 * ms, route: func(sent time.Duration) time.Duration {
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
		"a queue that fills and drains": {network{loss: 0.02, jitter: 5 * ms, pulls: 2, route: func(sent time.Duration) time.Duration {
			if in := sent % (3 * time.Second); in < time.Second {
				return 60 * ms * in / time.Second
			} else if in < 1500*ms {
				return 120 * ms * (1500*ms - in) / time.Second
			}
			return 0
		}}, 0.006, 75 * ms, 0},
		"two callbacks at once":  {network{jitter: 3 * ms, pulls: 2}, 0.0005, 45 * ms, 0},
		"four callbacks at once": {network{jitter: 3 * ms, pulls: 4}, 0.001, 60 * ms, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.seconds == 0 {
				c.seconds = 30
			}
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

func TestNumbersAndTimestampsWrapUnheard(t *testing.T) {
	h := network{seconds: 30, unheard: true, jitter: 10 * ms, reorder: true, first: 65000, firstTS: 1<<32 - 48000*20}.run(t, 2)
	if h.concealed() > 0.0005 || h.PacketsLost != 0 {
		t.Errorf("concealed %.4f %%, lost %d, want none", h.concealed()*100, h.PacketsLost)
	}
}

func TestLossIsCounted(t *testing.T) {
	h := network{unheard: true, loss: 0.1, jitter: 10 * ms, first: 65500}.run(t, 1)
	if h.PacketsLost+int64(h.PacketsReceived) != 3000 && h.PacketsLost+int64(h.PacketsReceived) != 2999 {
		t.Errorf("lost %d and received %d are not the 3000 that were sent", h.PacketsLost, h.PacketsReceived)
	}
}

func TestASenderThatRestartsIsHeardAgain(t *testing.T) {
	h := network{unheard: true, jitter: 10 * ms, change: func(sent time.Duration, p *rtp.Packet) {
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
	h := network{seconds: 40, unheard: true, jitter: 3 * ms, change: func(sent time.Duration, p *rtp.Packet) {
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
	low, high := newWave(440), newWave(1330)
	for _, ppm := range []float64{-1000, 1000} {
		h := network{clip: c, seconds: 19, jitter: 10 * ms, ppm: ppm}.run(t, 1)
		if h.InsertedSamples+h.RemovedSamples == 0 {
			t.Fatalf("%+.0f ppm: nothing was stretched", ppm)
		}
		worst := math.Inf(1)
		for from := 48000; from+frameSamples <= 18*48000; from += frameSamples {
			worst = min(worst, purity(h.sound[from:from+frameSamples], low, high))
		}
		t.Logf("%+.0f ppm: %d samples put in, %d taken out, the least pure 20 ms have %.1f dB",
			ppm, h.InsertedSamples, h.RemovedSamples, worst)
		if worst < 20 {
			t.Errorf("%+.0f ppm: purity %.1f dB, want at least 20", ppm, worst)
		}
	}
}

// wave is 20 ms of a tone, its sine and its cosine.
type wave struct{ sin, cos [frameSamples]float64 }

func newWave(hertz float64) *wave {
	var w wave
	for i := range w.sin {
		w.sin[i], w.cos[i] = math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
	}
	return &w
}

// purity is the power of 20 ms against what is left of them without the tones, in dB.
func purity(x []int16, tones ...*wave) float64 {
	var y [frameSamples]float64
	var all, rest float64
	for i, v := range x {
		y[i] = float64(v)
		all += y[i] * y[i]
	}
	for range 6 { // the tones are not quite orthogonal over 20 ms
		for _, w := range tones {
			var c, s float64
			for i, v := range y {
				s, c = s+v*w.sin[i], c+v*w.cos[i]
			}
			c, s = c*2/frameSamples, s*2/frameSamples
			for i := range y {
				y[i] -= c*w.cos[i] + s*w.sin[i]
			}
		}
	}
	for _, v := range y {
		rest += v * v
	}
	return 10 * math.Log10(all/(rest+1))
}
