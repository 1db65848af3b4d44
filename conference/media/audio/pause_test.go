package audio_test

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media/audio"
)

func TestMuteIsAPauseAndNotALoss(t *testing.T) {
	mute := func(sent time.Duration) bool {
		return sent > 10*time.Second && sent < 20*time.Second || sent > 30*time.Second && sent < 33*time.Second
	}
	h := network{seconds: 40, jitter: 10 * ms, mute: mute}.run(t, 1)
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

func TestAnnouncedPausesAreNotConcealment(t *testing.T) {
	for name, c := range map[string]struct {
		network
		concealed float64
	}{
		"no loss": {network{seconds: 40, gate: true, jitter: 10 * ms}, 0.001},
		"loss":    {network{seconds: 40, gate: true, jitter: 30 * ms, loss: 0.05}, 0.015},
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

// Who pauses for long is heard to be there: the noise of his room goes on, about as loud.
func TestTheNoiseOfTheRoomGoesOnInAPause(t *testing.T) {
	t.Parallel()
	pause := func(sent time.Duration) bool { return sent >= 10*time.Second && sent < 20*time.Second }
	c := clipOf(t, 2)
	h := network{
		clip: c, seconds: 25, jitter: 10 * ms,
		change: func(sent time.Duration, p *rtp.Packet) {
			if pause(sent) {
				p.Payload = p.Payload[:1]
			}
		},
		mute: func(sent time.Duration) bool { // but two packets, and one each 400 ms
			return pause(sent) && sent >= 10040*ms && sent%(400*ms) != 0
		},
	}.run(t, 11)
	room := quietest(c.clean)
	for at := 10*time.Second + 300*ms; at < 20*time.Second; at += 100 * ms {
		from := int(at / ms * millisecond)
		if level := audio.Level(h.sound[from : from+100*millisecond]); level < room/4 || level > room*4 {
			t.Errorf("level at %v is %.5f, that of the room %.5f", at, level, room)
		}
	}
	t.Logf("room %.5f", room)
	if h.ConcealedSamples > 20*millisecond {
		t.Errorf("concealed %d samples, want next to none", h.ConcealedSamples)
	}
}

// quietest is the level of the quietest 100 ms.
func quietest(x []int16) float64 {
	least := math.Inf(1)
	for ; len(x) >= 100*millisecond; x = x[100*millisecond:] {
		least = min(least, audio.Level(x[:100*millisecond]))
	}
	return least
}
