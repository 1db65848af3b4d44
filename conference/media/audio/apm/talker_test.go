package apm_test

import (
	"math"
	"math/rand/v2"

	"confab/conference/media"
)

// second is how many samples a second has.
const second = media.SampleRate

// talker makes speech that nobody understands: harmonics under two formants that move, in syllables, with
// a pause after each sentence.
type talker struct {
	pitch float64 // Hz
	level float64 // amplitude of the loudest harmonic
	n     int     // sample
	phase float64 // turns
}

// sentence and gap are how long the talker speaks and pauses, in samples.
const (
	sentence = 5 * second / 2
	gap      = 3 * second / 2
)

// speaks tells whether the talker does at a sample.
func speaks(n int) bool { return n%(sentence+gap) < sentence }

func (t *talker) next() float64 {
	at := float64(t.n) / second
	pitch := t.pitch * (1 + 0.15*math.Sin(2*math.Pi*0.7*at) + 0.03*math.Sin(2*math.Pi*3.1*at))
	t.phase += pitch / second
	first, other := 550+250*math.Sin(2*math.Pi*1.7*at), 1500+500*math.Sin(2*math.Pi*2.3*at)
	loud := 0.0
	if speaks(t.n) {
		syllable := math.Sin(2 * math.Pi * 4 * at)
		loud = math.Sqrt(max(0, 0.5+0.5*syllable))
	}
	t.n++
	sum := 0.0
	for h := 1.0; h*pitch < 4000; h++ {
		a, b := (h*pitch-first)/180, (h*pitch-other)/250
		sum += (math.Exp(-a*a) + 0.5*math.Exp(-b*b) + 0.01) * math.Sin(2*math.Pi*h*t.phase)
	}
	return t.level * loud * sum
}

// room is the noise of a room and a device.
type room struct {
	random *rand.Rand
	level  float64
}

func newRoom(level float64) *room { return &room{rand.New(rand.NewPCG(1, 2)), level} }

func (r *room) next() float64 { return r.level * r.random.NormFloat64() }

// decibels is the loudness of samples in dB below full scale, negative.
func decibels(x []int16) float64 {
	power := 1e-9
	for _, v := range x {
		power += float64(v) * float64(v) / (1 << 30)
	}
	return 10 * math.Log10(power/float64(max(len(x), 1)))
}

// greatestStep is the greatest difference between two samples that follow each other.
func greatestStep(x []int16) int {
	greatest := 0
	for i := 1; i < len(x); i++ {
		greatest = max(greatest, abs(int(x[i])-int(x[i-1])))
	}
	return greatest
}

func abs(v int) int { return max(v, -v) }

func toInt(v float64) int16 { return int16(min(max(math.Round(v*32768), -32768), 32767)) }
