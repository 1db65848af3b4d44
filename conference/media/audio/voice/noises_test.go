package voice_test

import (
	"math"
	"math/rand/v2"
)

// noises are the kinds that a microphone hears in rooms and offices; the first three are stationary.
var noises = []string{"white", "pink", "fan", "keys", "babble", "café", "doors"}

// noise gives n samples of a kind with an RMS of 1; people are who babbles.
func noise(kind string, n int, people [][][]float64, random *rand.Rand) []float64 {
	var x []float64
	switch kind {
	case "white":
		x = white(n, random)
	case "pink":
		x = pink(n, random)
	case "fan":
		x = fan(n, random)
	case "keys":
		x = keys(n, random)
	case "babble":
		x = babble(n, people, random)
	case "café":
		x = cafe(n, people, random)
	case "doors":
		x = doors(n, random)
	}
	return scaled(x, 0)
}

func white(n int, random *rand.Rand) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = random.NormFloat64()
	}
	return x
}

// pink sums six first order filters an octave and a half apart, without what is below 40 Hz.
func pink(n int, random *rand.Rand) []float64 {
	var share, weight, state [6]float64
	for k := range share {
		share[k] = 1 - math.Exp(-2*math.Pi*25*math.Pow(3.3, float64(k))/rate)
		weight[k] = 0.5 / math.Sqrt(share[k])
	}
	x := white(n, random)
	for i, v := range x {
		sum := 0.1 * v
		for k := range state {
			state[k] += share[k] * (v - state[k])
			sum += weight[k] * state[k]
		}
		x[i] = sum
	}
	return highPass(x, 40)
}

// fan is rushing air with the tones of its blades, which waver, and the hum of the mains.
func fan(n int, random *rand.Rand) []float64 {
	x := highPass(lowPass(lowPass(white(n, random), 600), 2500), 60)
	add(x, white(n, random), -20)
	tones := make([]float64, n)
	phase := 0.0
	for i := range tones {
		t := float64(i) / rate
		phase += 2 * math.Pi * (118 + 0.7*math.Sin(2*math.Pi*0.3*t)) / rate
		for h := 1.0; h <= 10; h++ {
			tones[i] += math.Sin(h*phase+h*h) / math.Pow(h, 0.8)
		}
		for h := 1.0; h <= 6; h++ {
			tones[i] += 0.7 * math.Sin(2*math.Pi*50*h*t+h) / h
		}
	}
	add(x, tones, -1)
	return x
}

// keys is typing: each key down and, weaker, up again.
func keys(n int, random *rand.Rand) []float64 {
	x := make([]float64, n)
	stroke := func(at int, loud float64) {
		click, body := 1500+2500*random.Float64(), 250+200*random.Float64()
		short, long := 0.0015+0.003*random.Float64(), 0.012+0.01*random.Float64()
		for i := range min(rate/20, max(n-at, 0)) {
			t := float64(i) / rate
			v := (random.NormFloat64() + 0.5*math.Sin(2*math.Pi*click*t)) * math.Exp(-t/short)
			x[at+i] += loud * (v + 0.25*math.Sin(2*math.Pi*body*t)*math.Exp(-t/long))
		}
	}
	for at := 0; at < n; at += seconds(0.1 + 0.15*random.Float64()) {
		loud := 0.5 + random.Float64()
		stroke(at, loud)
		stroke(at+seconds(0.06+0.05*random.Float64()), 0.4*loud)
		if random.IntN(12) == 0 {
			at += seconds(1.5 * random.Float64())
		}
	}
	add(x, pink(n, random), -26)
	return x
}

// babble is eighteen people at once, no two with the same voice.
func babble(n int, people [][][]float64, random *rand.Rand) []float64 {
	x := make([]float64, n)
	for i := range 18 {
		utterances := people[i%len(people)]
		loud, speed := 0.5+random.Float64(), 0.88+0.24*random.Float64()
		for at := -random.IntN(2 * rate); at < n; at += seconds(0.1 + 0.3*random.Float64()) {
			u := sped(utterances[random.IntN(len(utterances))], speed)
			mix(x, u, at, loud/rms(u))
			at += len(u)
		}
	}
	return room(x, random)
}

// sped plays x faster and higher.
func sped(x []float64, speed float64) []float64 {
	out := make([]float64, int(float64(len(x)-1)/speed))
	for i := range out {
		at := float64(i) * speed
		k := int(at)
		out[i] = x[k] + (at-float64(k))*(x[k+1]-x[k])
	}
	return out
}

// cafe is babble, a rushing that comes and goes, and dishes.
func cafe(n int, people [][][]float64, random *rand.Rand) []float64 {
	x := pink(n, random)
	loud, goal := 0.0, 0.0
	for i := range x {
		if i%(rate/8) == 0 {
			goal = 5 * random.NormFloat64()
		}
		loud += 1e-4 * (goal - loud)
		x[i] *= gain(loud)
	}
	add(x, babble(n, people, random), -3)
	dishes := make([]float64, n)
	for at := 0; at < n; at += seconds(0.5 + 2*random.Float64()) {
		hertz, loud := 2000+3000*random.Float64(), 0.3+random.Float64()
		for i := range min(rate/5, n-at) {
			t := float64(i) / rate
			dishes[at+i] += loud * math.Exp(-t/0.03) * (math.Sin(2*math.Pi*hertz*t) + math.Sin(2*math.Pi*1.47*hertz*t))
		}
	}
	add(x, dishes, -8)
	return x
}

// doors slam every few seconds.
func doors(n int, random *rand.Rand) []float64 {
	x := make([]float64, n)
	for at := seconds(1.5); at < n; at += seconds(3 + 3*random.Float64()) {
		slam := highPass(lowPass(lowPass(white(rate/2, random), 180), 900), 50)
		for i := range slam {
			t := float64(i) / rate
			slam[i] *= math.Exp(-t/0.06) * min(1, t/0.002)
		}
		mix(x, slam, at, 12)
	}
	add(x, pink(n, random), -22)
	return x
}

func seconds(s float64) int { return int(s * rate) }

// gain is the factor of decibels.
func gain(decibels float64) float64 { return math.Pow(10, decibels/20) }

func power(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum / float64(max(len(x), 1))
}

func rms(x []float64) float64 { return math.Sqrt(power(x)) + 1e-12 }

func inDecibels(power float64) float64 { return 10 * math.Log10(power+1e-20) }

// scaled brings x to an RMS in decibels, in place.
func scaled(x []float64, decibels float64) []float64 {
	factor := gain(decibels) / rms(x)
	for i := range x {
		x[i] *= factor
	}
	return x
}

// add adds y to x at so many decibels over x.
func add(x, y []float64, decibels float64) { mix(x, y, 0, gain(decibels)*rms(x)/rms(y)) }

// mix adds y times factor to x from a place on, which may be before its start; what does not fit is left out.
func mix(x, y []float64, at int, factor float64) {
	if at < 0 {
		y, at = y[min(-at, len(y)):], 0
	}
	for i := range min(len(y), max(len(x)-at, 0)) {
		x[at+i] += factor * y[i]
	}
}

func lowPass(x []float64, hertz float64) []float64 {
	share := 1 - math.Exp(-2*math.Pi*hertz/rate)
	state := 0.0
	for i, v := range x {
		state += share * (v - state)
		x[i] = state
	}
	return x
}

func highPass(x []float64, hertz float64) []float64 {
	share := 1 - math.Exp(-2*math.Pi*hertz/rate)
	state := 0.0
	for i, v := range x {
		state += share * (v - state)
		x[i] = v - state
	}
	return x
}

// room adds a light reverberation: RT60 0.25 s, 9 dB below the direct sound.
func room(x []float64, random *rand.Rand) []float64 {
	const echoes = 20
	out := append([]float64(nil), x...)
	for range echoes {
		t := 0.002 + 0.2*random.Float64()
		mix(out, x, seconds(t), 0.27*random.NormFloat64()*gain(-60*t/0.25))
	}
	return out
}
