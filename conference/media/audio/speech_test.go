package audio_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec/opus"
)

const (
	millisecond  = media.SampleRate / 1000
	frameSamples = 20 * millisecond
)

// speech is so many seconds of a synthetic voice: a train of glottal pulses whose pitch wanders,
// through three formants that change with each syllable, in phrases with pauses between them, in a
// quiet room.
func speech(seconds int, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(seed, 1))
	out := make([]int16, seconds*media.SampleRate)
	var formants [3]resonator
	for at := 200 * millisecond; at < len(out); at += (300 + random.IntN(900)) * millisecond {
		pitch := 90 + random.Float64()*120
		for range 12 + random.IntN(30) {
			at += syllable(out[min(at, len(out)):], &formants, pitch, random)
		}
	}
	for i := range out {
		out[i] += int16(random.NormFloat64() * 20)
	}
	return out
}

// syllable writes one syllable to the start of out and returns its length.
func syllable(out []int16, formants *[3]resonator, pitch float64, random *rand.Rand) int {
	length := (140 + random.IntN(120)) * millisecond
	for i, hertz := range [3]float64{250 + random.Float64()*600, 900 + random.Float64()*1400, 2400 + random.Float64()*700} {
		formants[i].tune(hertz, 60+40*float64(i))
	}
	glide, phase := (random.Float64()-0.5)*0.4, 0.0
	unvoiced := random.IntN(4) == 0
	for i := range min(length, len(out)) {
		t := float64(i) / float64(length)
		phase += pitch * (1 + glide*t) / media.SampleRate
		pulse := random.NormFloat64() * 0.02
		if phase >= 1 {
			phase--
			pulse++
		}
		if unvoiced && t < 0.3 {
			pulse = random.NormFloat64() * 0.05
		}
		v := formants[0].next(pulse) + 0.5*formants[1].next(pulse) + 0.25*formants[2].next(pulse)
		out[i] += int16(max(-20000, min(20000, v*math.Sin(math.Pi*t)*9000)))
	}
	return length
}

// resonator is a filter with one pair of poles.
type resonator struct{ a, b, y1, y2 float64 }

func (r *resonator) tune(hertz, width float64) {
	radius := math.Exp(-math.Pi * width / media.SampleRate)
	r.a, r.b = 2*radius*math.Cos(2*math.Pi*hertz/media.SampleRate), -radius*radius
}

func (r *resonator) next(x float64) float64 {
	y := x*0.05 + r.a*r.y1 + r.b*r.y2
	r.y1, r.y2 = y, r.y1
	return y
}

// clip is speech as packets, and as a decoder plays it that loses none.
type clip struct {
	packets [][]byte
	clean   []int16
}

var (
	clipsMu sync.Mutex
	clips   = map[uint64]*clip{}
)

// clipOf is a minute of a voice, made once.
func clipOf(t testing.TB, voice uint64) *clip {
	t.Helper()
	clipsMu.Lock()
	defer clipsMu.Unlock()
	if clips[voice] == nil {
		clips[voice] = encode(t, speech(60, voice))
	}
	return clips[voice]
}

func encode(t testing.TB, pcm []int16) *clip {
	t.Helper()
	e, err := opus.NewEncoder(opus.EncoderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.SetLoss(0.1); err != nil {
		t.Fatal(err)
	}
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var c clip
	var out [frameSamples]int16
	for len(pcm) >= frameSamples {
		packet, err := e.Encode(nil, pcm[:frameSamples])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decode(packet, out[:]); err != nil {
			t.Fatal(err)
		}
		c.packets, c.clean, pcm = append(c.packets, packet), append(c.clean, out[:]...), pcm[frameSamples:]
	}
	return &c
}
