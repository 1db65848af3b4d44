package echo_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"confab/conference/media/audio/echo"
)

// end is one of two rooms that hear each other.
type end struct {
	canceller   *echo.Canceller
	drift       float64 // of the loudspeaker's clock
	delay       float64 // samples
	near        []float32
	played, air []float32 // the loudspeaker's, by its clock: as reported, and bent
	arrived     []float32 // at the microphone's place, by its clock, without the walls
	told        int
	reflections []reflection
	network     []float32 // what is on its way here
	random      *rand.Rand
}

// reflection is sound by way of some walls.
type reflection struct {
	late int // samples
	gain float32
}

func newEnd(seed uint64, drift, delay float64, samples int) *end {
	random := rand.New(rand.NewPCG(seed, 5))
	e := &end{
		canceller: echo.New(echo.Options{}), drift: drift, delay: delay * sampleRate, random: random,
		near: synthetic(samples, seed), network: make([]float32, 100*millisecond),
	}
	sum := 0.0
	for i := range 60 {
		r := reflection{late: 40 + random.IntN(60*millisecond)}
		if i == 0 {
			r.late = 40
		}
		r.gain = float32(math.Exp(-float64(r.late)/(25*millisecond)) * math.Copysign(1, random.NormFloat64()))
		sum += float64(r.gain) * float64(r.gain)
		e.reflections = append(e.reflections, r)
	}
	for i := range e.reflections {
		e.reflections[i].gain /= float32(math.Sqrt(sum)) // as loud as it was played
	}
	return e
}

// turn plays what came from the other end and returns what this one says.
//
//go:norace
func (e *end) turn(at int, gain float32, cancel bool) []float32 {
	for want := (int(float64(at+block)*(1+e.drift*1e-6))/block + 1) * block; len(e.played) < want; {
		v := min(max(gain*e.network[0], -1), 1)
		e.network = e.network[1:]
		if len(e.network) == 0 {
			e.network = make([]float32, 1)
		}
		e.played = append(e.played, v)
		e.air = append(e.air, float32(math.Tanh(2*float64(v))/2))
	}
	in, out := make([]float32, block), make([]float32, block)
	for i := range in {
		m := at + i
		e.arrived = append(e.arrived, sample(e.air, float64(m)*(1+e.drift*1e-6)-e.delay))
		in[i] = e.near[m] + 5e-4*float32(e.random.NormFloat64())
		for _, r := range e.reflections {
			if m >= r.late {
				in[i] += r.gain * e.arrived[m-r.late]
			}
		}
	}
	e.canceller.Render(e.played[e.told:])
	e.told = len(e.played)
	if !cancel {
		return in
	}
	e.canceller.Process(in, out, nil)
	return out
}

// call lets both ends talk in turns for 9 s and returns how loud the line is 4 s later, in dBFS.
func call(gain float64, cancel bool) float64 {
	const samples, talk = 13 * sampleRate, 9
	ends := [2]*end{newEnd(1, 80, 0.07, samples), newEnd(2, -60, 0.11, samples)}
	for i, e := range ends {
		for s := range samples / sampleRate {
			if s >= talk || s/3%2 != i {
				silence(e.near, float64(s), float64(s+1))
			}
		}
	}
	g := float32(math.Pow(10, gain/20))
	sum := 0.0
	for at := 0; at+block <= samples; at += block {
		a, b := ends[0].turn(at, g, cancel), ends[1].turn(at, g, cancel)
		ends[0].network, ends[1].network = append(ends[0].network, b...), append(ends[1].network, a...)
		if at >= samples-sampleRate {
			sum += energy(a) + energy(b)
		}
	}
	return 10 * math.Log10(sum/(2*sampleRate)+1e-12)
}

func TestTwoRoomsDoNotHowl(t *testing.T) {
	t.Parallel()
	if got := call(0, false); got < -30 {
		t.Errorf("without cancellers the line is at %.0f dBFS: these rooms do not howl by themselves", got)
	}
	if got := call(12, true); got > -45 {
		t.Errorf("gain 12 dB each way: the line is at %.0f dBFS after the talk, want silence", got)
	}
}
