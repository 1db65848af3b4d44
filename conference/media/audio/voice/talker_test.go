package voice_test

import (
	"math"
	"math/rand/v2"

	"confab/conference/media/audio/voice"
)

const (
	rate        = voice.SampleRate
	blockLength = voice.BlockLength
	// controlStep is how often the mouth of a synthetic talker moves, in samples: 2.5 ms.
	controlStep = rate / 400
)

// talker is a synthetic voice: glottal pulses and breath through moving formants, in syllables with
// consonants, in sentences whose pitch falls. Not understood by anybody, but voiced, unvoiced, closed and
// nasal where speech is.
type talker struct {
	pitch float64 // Hz, of a sentence's middle
	tract float64 // 1 for a long vocal tract; its formants are times this
	tempo float64 // seconds of a vowel
}

// Talkers of the tests, and those of a babble.
var (
	synthetic = []talker{{105, 1, 0.11}, {190, 1.17, 0.09}, {140, 1.06, 0.13}}
	crowd     = []talker{{95, 0.97, 0.1}, {120, 1.02, 0.12}, {165, 1.12, 0.1}, {210, 1.2, 0.09}, {230, 1.18, 0.12}, {110, 1, 0.08}}
)

// mouth is where the tongue is and what the throat does, for one step.
type mouth struct {
	formants             [4]float64 // Hz
	voiced, breath, hiss float64    // amplitudes of the three sources
	hissHertz            float64
	nasal                float64 // 1: through the nose
	pitch                float64 // of the sentence's
}

var vowels = [][4]float64{
	{270, 2290, 3010, 3700},
	{400, 2000, 2550, 3500},
	{530, 1840, 2480, 3500},
	{660, 1720, 2410, 3450},
	{730, 1090, 2440, 3400},
	{570, 840, 2410, 3350},
	{300, 870, 2240, 3300},
	{490, 1350, 1690, 3200},
	{500, 1500, 2500, 3500},
}

// sentences are so many utterances of the talker, with nothing before or after them.
func (t talker) sentences(n int, seed uint64) [][]float64 {
	random := rand.New(rand.NewPCG(seed, uint64(t.pitch)))
	all := make([][]float64, n)
	for i := range all {
		var steps []mouth
		syllables := 5 + random.IntN(10)
		for s := range syllables {
			steps = t.syllable(steps, float64(s)/float64(syllables), s == syllables-1, random)
		}
		all[i] = t.speak(steps, random)
	}
	return all
}

// syllable appends the steps of one; at is where in the sentence it is, 0 to 1.
func (t talker) syllable(steps []mouth, at float64, last bool, random *rand.Rand) []mouth {
	from, to := vowels[random.IntN(len(vowels))], vowels[random.IntN(len(vowels))]
	accent := 1 + 0.12*random.NormFloat64()
	length := t.tempo * (0.7 + 0.6*random.Float64())
	if last {
		length *= 1.6
	}
	m := mouth{formants: from, pitch: (1.15 - 0.3*at) * accent}
	steps = consonant(steps, m, random)
	loud := (1 - 0.35*at) * (0.7 + 0.3*random.Float64())
	glide := 0.5 * random.Float64()
	vowel := int(length * rate / controlStep)
	for i := range vowel {
		x := float64(i) / float64(vowel)
		for f := range m.formants {
			m.formants[f] = from[f] + glide*x*(to[f]-from[f])
		}
		m.voiced, m.breath, m.hiss = loud*min(1, 6*x+0.3, 4*(1-x)+0.2), 0.02, 0
		m.pitch *= 1 - 0.0006
		steps = append(steps, m)
	}
	if random.Float64() < 0.4 {
		steps = consonant(steps, m, random)
	}
	return steps
}

// consonant appends the steps of one beside a vowel.
func consonant(steps []mouth, m mouth, random *rand.Rand) []mouth {
	hold := func(seconds float64, m mouth) {
		for range int(seconds * rate / controlStep) {
			steps = append(steps, m)
		}
	}
	m.voiced, m.breath, m.hiss = 0, 0, 0
	switch random.IntN(6) {
	case 0: // s, sh, f
		m.hissHertz = []float64{6200, 3200, 4500}[random.IntN(3)]
		m.hiss = 0.06 + 0.12*random.Float64()
		hold(0.06+0.06*random.Float64(), m)
	case 1: // p, t, k
		hold(0.04+0.03*random.Float64(), m)
		m.hiss, m.hissHertz = 0.25, 1800+3500*random.Float64()
		hold(0.01, m)
		m.hiss, m.breath = 0, 0.15
		hold(0.02, m)
	case 2: // b, d, g
		m.voiced, m.formants[0] = 0.08, 200
		hold(0.05, m)
		m.hiss, m.hissHertz = 0.12, 1200+2500*random.Float64()
		hold(0.0075, m)
	case 3: // m, n
		m.voiced, m.nasal = 0.35, 1
		m.formants = [4]float64{260, 1100 + 500*random.Float64(), 2300, 3300}
		hold(0.05+0.03*random.Float64(), m)
	case 4: // l, w, y
		m.voiced = 0.5
		m.formants = [4]float64{330, 800 + 1400*random.Float64(), 2500, 3400}
		hold(0.04, m)
	}
	return steps
}

// speak renders the steps.
func (t talker) speak(steps []mouth, random *rand.Rand) []float64 {
	out := make([]float64, (len(steps)+20)*controlStep)
	var tract [5]resonator
	var hiss resonator
	var now mouth
	phase, period, shimmer, flow := 0.0, 1.0, 1.0, 0.0
	for s := range len(steps) + 20 {
		target := mouth{formants: now.formants, pitch: now.pitch, hissHertz: now.hissHertz}
		if s < len(steps) {
			target = steps[s]
		}
		now.towards(target, s == 0)
		for f, hertz := range now.formants {
			tract[f].tune(hertz*t.tract, (50+30*float64(f))*(1+now.nasal))
		}
		tract[4].tune(4300*t.tract, 250)
		hiss.tune(now.hissHertz+1, 1400)
		for i := range controlStep {
			phase += t.pitch * now.pitch * period / rate
			if phase >= 1 {
				phase--
				period, shimmer = 1+0.008*random.NormFloat64(), 1+0.04*random.NormFloat64()
			}
			before := flow
			flow = shimmer * glottis(phase)
			noise := random.NormFloat64()
			v := now.voiced*(40*(flow-before)+0.04*flow*noise) + now.breath*noise
			for f := range tract {
				v = tract[f].next(v)
			}
			out[s*controlStep+i] = v + 0.6*hiss.next(now.hiss*noise)
		}
	}
	return out
}

// towards moves as fast as muscles do; sources are faster than the tongue.
func (m *mouth) towards(to mouth, jump bool) {
	tongue, throat := 0.12, 0.35
	if jump {
		tongue, throat = 1, 0.35
		m.hissHertz = to.hissHertz
	}
	for f := range m.formants {
		m.formants[f] += tongue * (to.formants[f] - m.formants[f])
	}
	m.pitch += tongue * (to.pitch - m.pitch)
	m.nasal += throat * (to.nasal - m.nasal)
	m.voiced += throat * (to.voiced - m.voiced)
	m.breath += throat * (to.breath - m.breath)
	m.hiss += throat * (to.hiss - m.hiss)
	if to.hiss > 0 {
		m.hissHertz = to.hissHertz
	}
}

// glottis is the flow through the vocal cords at a phase from 0 to 1 (Rosenberg 1971).
func glottis(phase float64) float64 {
	const rise, fall = 0.4, 0.16
	switch {
	case phase < rise:
		return 0.5 - 0.5*math.Cos(math.Pi*phase/rise)
	case phase < rise+fall:
		return math.Cos(math.Pi / 2 * (phase - rise) / fall)
	}
	return 0
}

// resonator is a second order resonance with a gain of 1 at 0 Hz (Klatt 1980).
type resonator struct{ a, b, c, y1, y2 float64 }

func (r *resonator) tune(hertz, bandwidth float64) {
	r.c = -math.Exp(-2 * math.Pi * bandwidth / rate)
	r.b = 2 * math.Exp(-math.Pi*bandwidth/rate) * math.Cos(2*math.Pi*hertz/rate)
	r.a = 1 - r.b - r.c
}

func (r *resonator) next(x float64) float64 {
	y := r.a*x + r.b*r.y1 + r.c*r.y2
	r.y1, r.y2 = y, r.y1
	return y
}
