package voice_test

import (
	"math"
	"math/rand/v2"
	"slices"
)

// mixture is somebody speaking in noise, with the truth of it.
type mixture struct {
	kind   string
	snr    float64
	clean  []float64
	mixed  []float64
	active []bool // by blocks: within 30 dB of the talker's peak
	weak   []bool // within 45 dB
	pause  []bool // at least 0.3 s after and 0.1 s before anything
}

// place is where and how somebody speaks.
type place struct {
	noise    string  // "" for none but the microphone's own
	snr      float64 // dB
	level    float64 // dBFS of the speech, RMS of its active blocks
	seconds  float64
	quiet    float64 // seconds before the first word
	selfDBFS float64 // noise of the microphone's own; 0: -82
	seed     uint64
}

// speakIn makes the mixture of a talker's utterances in a place; people are who babbles around.
func speakIn(p place, utterances [][]float64, people [][][]float64) *mixture {
	random := rand.New(rand.NewPCG(p.seed, 7))
	n := seconds(p.seconds) / blockLength * blockLength
	if p.selfDBFS == 0 {
		p.selfDBFS = -82
	}
	m := &mixture{kind: p.noise, snr: p.snr, clean: speech(utterances, n, p.quiet, p.level, random)}
	m.mixed = scaled(pink(n, random), p.selfDBFS)
	mix(m.mixed, m.clean, 0, 1)
	if p.noise != "" {
		mix(m.mixed, noise(p.noise, n, people, random), 0, gain(p.level-p.snr))
	}
	quantise(m.mixed)
	m.tellTruth()
	return m
}

// speech lays utterances out with pauses of 0.25 to 2.7 s, in a room, at a level over its active blocks.
func speech(utterances [][]float64, n int, quiet, level float64, random *rand.Rand) []float64 {
	x := make([]float64, n)
	at := seconds(quiet)
	for i := random.IntN(len(utterances)); ; i++ {
		u := utterances[i%len(utterances)]
		if at+len(u) > n-seconds(0.4) {
			break
		}
		mix(x, u, at, 1)
		pause := 0.25 + 0.3*random.Float64()
		if random.Float64() < 0.45 {
			pause = 1.2 + 1.5*random.Float64()
		}
		at += len(u) + seconds(pause)
	}
	x = room(x, random)
	return rescaled(x, level)
}

// rescaled brings the active blocks of x to a level.
func rescaled(x []float64, level float64) []float64 {
	powers := blockPowers(x)
	least := 1e-3 * maximum(powers)
	sum, n := 0.0, 0.0
	for _, p := range powers {
		if p > least {
			sum, n = sum+p, n+1
		}
	}
	factor := gain(level) / math.Sqrt(sum/max(n, 1)+1e-20)
	for i := range x {
		x[i] *= factor
	}
	return x
}

// quantise rounds to 16 bits, as a device does.
func quantise(x []float64) {
	for i, v := range x {
		x[i] = min(max(math.Round(v*32768), math.MinInt16), math.MaxInt16) / 32768
	}
}

func (m *mixture) tellTruth() {
	const before, after = 10, 30 // blocks
	powers := blockPowers(m.clean)
	top := maximum(powers)
	for _, p := range powers {
		m.active = append(m.active, p > 1e-3*top)
		m.weak = append(m.weak, p > 3e-5*top)
		m.pause = append(m.pause, true)
	}
	for i, p := range powers {
		if p > 1e-5*top {
			for k := max(i-before, 0); k <= min(i+after, len(powers)-1); k++ {
				m.pause[k] = false
			}
		}
	}
}

func blockPowers(x []float64) []float64 {
	all := make([]float64, len(x)/blockLength)
	for i := range all {
		all[i] = power(x[i*blockLength : (i+1)*blockLength])
	}
	return all
}

func maximum(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return slices.Max(x)
}

// through takes x through a stage, block by block, in place, and gives what came out.
func through(x []float64, stage func(at int, block []float32)) []float64 {
	out := make([]float64, len(x)/blockLength*blockLength)
	block := make([]float32, blockLength)
	for at := 0; at < len(out); at += blockLength {
		for i := range block {
			block[i] = float32(x[at+i])
		}
		stage(at/blockLength, block)
		for i, v := range block {
			out[at+i] = float64(v)
		}
	}
	return out
}
