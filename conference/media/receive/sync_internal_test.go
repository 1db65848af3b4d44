package receive

import (
	"math/rand/v2"
	"testing"
	"time"
)

const ms = time.Millisecond

// source gives pictures 30 times a second, from a clock that is off ours.
type source struct {
	offset time.Duration // of the sender's clock
	pictures,
	sound time.Duration // latency; 0 of the sound: there is none
	jitter time.Duration // of the pictures, at random
}

// play lets d of it go by and returns the latencies at which its pictures are due, and the longest wait.
func (c source) play(s *lipSync, now *time.Time, d time.Duration) (latencies []time.Duration, longest time.Duration) {
	random := rand.New(rand.NewPCG(1, 1))
	last := time.Time{}
	for end := now.Add(d); now.Before(end); *now = now.Add(time.Second / 30) {
		arrives := now.Add(c.pictures)
		if c.jitter > 0 {
			arrives = later(arrives.Add(time.Duration(random.Int64N(int64(c.jitter)))), last)
		}
		last = arrives
		captured := moment{now.Add(c.offset), true}
		heard := moment{arrives.Add(c.offset - c.sound), c.sound > 0}
		due := s.next(arrives, captured, heard)
		latencies = append(latencies, due.Sub(*now))
		longest = max(longest, due.Sub(arrives))
	}
	return latencies, longest
}

func TestPicturesWaitForTheirSound(t *testing.T) {
	for name, c := range map[string]struct {
		source
		want time.Duration // latency of the pictures after a while
	}{
		"on a LAN":                      {source{pictures: 5 * ms, sound: syncLead + 40*ms}, 40 * ms},
		"of a clock that is years off":  {source{offset: -30 * 365 * 24 * time.Hour, pictures: 5 * ms, sound: syncLead + 40*ms}, 40 * ms},
		"with jitter, which is evened":  {source{pictures: 30 * ms, sound: syncLead + 95*ms, jitter: 60 * ms}, 95 * ms},
		"for so long and no longer":     {source{pictures: 20 * ms, sound: 600 * ms}, 220 * ms},
		"but not if they come later":    {source{pictures: 120 * ms, sound: 80 * ms}, 120 * ms},
		"but not if there is none":      {source{pictures: 20 * ms}, 20 * ms},
		"but not if it makes no sense":  {source{pictures: 20 * ms, sound: time.Hour}, 20 * ms},
		"nor if that is long gone by":   {source{pictures: 2 * time.Hour, sound: ms}, 2 * time.Hour},
		"nor to be shown before theirs": {source{pictures: 20 * ms, sound: 50 * ms}, 20 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1e9, 0)
			var s lipSync
			c.play(&s, &now, 10*time.Second)
			latencies, longest := c.play(&s, &now, 3*time.Second)
			for i, l := range latencies {
				if (l - c.want).Abs() > ms {
					t.Fatalf("picture %d is due after %v, want %v", i, l, c.want)
				}
			}
			if longest > maxSyncWait {
				t.Errorf("a picture waits for %v", longest)
			}
		})
	}
}

func TestTheWaitChangesSlowly(t *testing.T) {
	now := time.Unix(1e9, 0)
	var s lipSync
	var all []time.Duration
	for _, sound := range []time.Duration{syncLead + 40*ms, syncLead + 185*ms, syncLead + 25*ms, 0, syncLead + 115*ms} {
		latencies, _ := source{pictures: 10 * ms, sound: sound}.play(&s, &now, 4*time.Second)
		all = append(all, latencies...)
	}
	for i := 1; i < len(all); i++ {
		if d := (all[i] - all[i-1]).Abs(); d > 4*ms { // a tenth of the time between two pictures
			t.Fatalf("picture %d is due after %v, the one before after %v", i, all[i], all[i-1])
		}
	}
	if first, last := all[0], all[len(all)-1]; first != 10*ms || last != 115*ms {
		t.Errorf("from %v to %v, want from 10 to 115 ms", first, last)
	}
}

func TestPicturesThatComeLateSaySo(t *testing.T) {
	now := time.Unix(1e9, 0)
	var s lipSync
	source{pictures: 140 * ms, sound: 80 * ms}.play(&s, &now, 5*time.Second)
	if d := s.late - 60*ms; d.Abs() > ms {
		t.Errorf("%v late, want 60 ms", s.late)
	}
	source{pictures: 20 * ms, sound: 80 * ms}.play(&s, &now, 5*time.Second)
	if s.late > 0 {
		t.Errorf("%v late, want not at all", s.late)
	}
	source{pictures: 140 * ms}.play(&s, &now, 5*time.Second)
	if s.late != 0 {
		t.Errorf("%v late without sound", s.late)
	}
}

// Whatever a sender says of its clocks, pictures come in order and wait for a fifth of a second at most.
func TestNonsenseAboutTimesDelaysNothingForLong(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	now := time.Unix(1e9, 0)
	var s lipSync
	any := func() moment {
		return moment{now.Add(time.Duration(random.Int64() >> random.IntN(64) * (1 - 2*random.Int64N(2)))), random.IntN(5) > 0}
	}
	last := now
	for range 20_000 {
		now = now.Add(time.Duration(random.Int64N(int64(100 * ms))))
		due := s.next(now, any(), any())
		if due.Before(last) || due.Sub(later(now, last)) > maxSyncWait {
			t.Fatalf("due %v after %v, at %v", due, last, now)
		}
		last = due
	}
}
