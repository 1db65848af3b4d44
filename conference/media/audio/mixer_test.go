package audio_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// source gives what a function of the sample's number says.
type source struct {
	at   int
	wave func(i int) float64
}

func (s *source) Pull(now time.Time, out *media.AudioFrame) {
	for i := range out.Samples {
		out.Samples[i] = int16(s.wave(s.at))
		s.at++
	}
	out.Captured = now
}

func sine(hertz, amplitude float64) *source {
	return &source{wave: func(i int) float64 {
		return amplitude * math.Sin(2*math.Pi*hertz*float64(i)/media.SampleRate)
	}}
}

// mix gives so many blocks; before each it calls change.
func mix(m *audio.Mixer, blocks int, change func(block int)) []int16 {
	var all []int16
	var f media.AudioFrame
	for i := range blocks {
		if change != nil {
			change(i)
		}
		m.Mix(time.Unix(0, int64(i)*10e6), &f)
		all = append(all, f.Samples[:]...)
	}
	return all
}

// limiterDelay is what the limiter's foresight costs.
const limiterDelay = 2 * millisecond

func TestOneQuietSourceComesThroughUnchanged(t *testing.T) {
	m := audio.NewMixer()
	m.Add("a", sine(440, 8000), nil)
	out := mix(m, 20, nil)
	want := make([]int16, len(out))
	reference := sine(440, 8000)
	for i := range want {
		want[i] = int16(reference.wave(i))
	}
	for i := limiterDelay; i < len(out); i++ {
		if out[i] != want[i-limiterDelay] {
			t.Fatalf("sample %d is %d, want %d", i, out[i], want[i-limiterDelay])
		}
	}
}

func TestAnEmptyMixerIsSilent(t *testing.T) {
	for _, v := range mix(audio.NewMixer(), 3, nil) {
		if v != 0 {
			t.Fatalf("sample %d", v)
		}
	}
}

func TestTheSumOfManyLoudVoicesNeverClips(t *testing.T) {
	m := audio.NewMixer()
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 8 {
		s := sine(100+random.Float64()*900, 32000)
		loud := s.wave
		s.wave = func(n int) float64 { // they come and go
			return loud(n) * float64(n/4000/(i+1)%2)
		}
		m.Add(fmt.Sprint(i), s, nil)
	}
	loudest := int16(0)
	for _, v := range mix(m, 1000, nil) {
		if v > 31130 || v < -31130 {
			t.Fatalf("sample %d exceeds the limit", v)
		}
		loudest = max(loudest, v)
	}
	if loudest < 25000 {
		t.Errorf("the loudest sample is %d: limited too much", loudest)
	}
}

func TestTheLimitersGainIsSmooth(t *testing.T) {
	m := audio.NewMixer()
	m.Add("steady", sine(200, 20000), nil)
	m.Add("burst", &source{wave: func(i int) float64 {
		if i/4800%5 == 3 {
			return 30000 * math.Sin(2*math.Pi*200*float64(i)/media.SampleRate)
		}
		return 0
	}}, nil)
	out := mix(m, 200, nil)
	// 50000 at 200 Hz climb 1309 a sample; the gain that keeps it below the limit may add a little.
	for i := 1; i < len(out); i++ {
		if step := math.Abs(float64(out[i]) - float64(out[i-1])); step > 1400 {
			t.Fatalf("step of %.0f at sample %d", step, i)
		}
	}
}

func TestGainGlides(t *testing.T) {
	m := audio.NewMixer()
	m.Add("a", &source{wave: func(int) float64 { return 10000 }}, nil)
	out := mix(m, 30, func(block int) {
		switch block {
		case 10:
			m.SetGain("a", 0)
		case 20:
			m.SetGain("a", 2)
		}
	})
	for i := limiterDelay + 1; i < len(out); i++ {
		if step := math.Abs(float64(out[i]) - float64(out[i-1])); step > 50 {
			t.Fatalf("step of %.0f at sample %d", step, i)
		}
	}
	if v := out[19*480]; v != 0 {
		t.Errorf("at gain 0: %d", v)
	}
	if v := out[len(out)-1]; v != 20000 {
		t.Errorf("at gain 2: %d, want 20000", v)
	}
	m.SetGain("nobody", 1)
	m.SetGain("a", math.NaN())
}

func TestARemovedSourceFadesAway(t *testing.T) {
	m := audio.NewMixer()
	m.Add("a", &source{wave: func(int) float64 { return 12000 }}, nil)
	out := mix(m, 20, func(block int) {
		if block == 10 {
			m.Remove("a")
			m.Remove("a")
		}
	})
	for i := 480; i < len(out); i++ {
		if step := math.Abs(float64(out[i]) - float64(out[i-1])); step > 100 {
			t.Fatalf("step of %.0f at sample %d", step, i)
		}
	}
	if v := out[12*480]; v != 0 {
		t.Errorf("after Remove: %d", v)
	}
}

func TestATapHearsTheSourceBeforeGainAndMixing(t *testing.T) {
	m := audio.NewMixer()
	var tapped []int16
	m.Add("loud", sine(300, 30000), nil)
	m.Add("a", sine(440, 30000), func(f media.AudioFrame) { tapped = append(tapped, f.Samples[:]...) })
	m.SetGain("a", 0.1)
	mix(m, 10, nil)
	want := sine(440, 30000)
	for i, v := range tapped {
		if v != int16(want.wave(i)) {
			t.Fatalf("sample %d is %d", i, v)
		}
	}
	if len(tapped) != 4800 {
		t.Errorf("%d samples tapped, want 4800", len(tapped))
	}
}

func TestASourceOfTheSameNameReplaces(t *testing.T) {
	m := audio.NewMixer()
	m.Add("a", &source{wave: func(int) float64 { return 1000 }}, nil)
	m.Add("a", &source{wave: func(int) float64 { return 10 }}, nil)
	if out := mix(m, 5, nil); out[len(out)-1] != 10 {
		t.Errorf("sum %d, want 10", out[len(out)-1])
	}
}

func TestSourcesComeAndGoWhileItMixes(t *testing.T) {
	m := audio.NewMixer()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var f media.AudioFrame
		for {
			select {
			case <-stop:
				return
			default:
				m.Mix(time.Now(), &f)
			}
		}
	})
	var others sync.WaitGroup
	for i := range 4 {
		others.Go(func() {
			id := fmt.Sprint(i)
			for range 500 {
				removed := false // not atomic: the race detector sees a use after Remove
				m.Add(id, sine(440, 1000), func(media.AudioFrame) {
					if removed {
						t.Error("the tap was called after Remove")
					}
				})
				m.SetGain(id, 0.5)
				m.Remove(id)
				removed = true
			}
		})
	}
	others.Wait()
	close(stop)
	wg.Wait()
}

func TestMixingAllocatesNothing(t *testing.T) {
	m := audio.NewMixer()
	for i := range 8 {
		m.Add(fmt.Sprint(i), sine(440, 10000), func(media.AudioFrame) {})
	}
	var f media.AudioFrame
	now := time.Now()
	if n := testing.AllocsPerRun(100, func() { m.Mix(now, &f) }); n != 0 {
		t.Errorf("%v allocations a Mix, want 0", n)
	}
}
