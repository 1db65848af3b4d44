package echo_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const (
	sampleRate  = 48000
	millisecond = sampleRate / 1000
	block       = 10 * millisecond
	talkLevel   = 0.05 // of somebody who speaks: root mean square, -26 dBFS
)

// talker gives so many samples of somebody who talks and pauses, at talkLevel while he talks.
type talker func(samples int, seed uint64) []float32

// synthetic is a talker of arithmetic alone: glottal pulses whose pitch wanders, with breath, through four
// formants that glide from syllable to syllable, and hissing consonants between them.
func synthetic(samples int, seed uint64) []float32 {
	random := rand.New(rand.NewPCG(seed, 7))
	out := make([]float32, samples)
	tract := [4]formant{{width: 60}, {width: 90}, {width: 130}, {width: 200}}
	tune := func(f *formant, low, high float64) { f.goal = low + random.Float64()*(high-low) }
	pitch := 95 + 110*random.Float64()
	for at := 50 * millisecond; at < samples; at += (80 + random.IntN(300)) * millisecond {
		for range 10 + random.IntN(14) {
			tune(&tract[0], 250, 800)
			tune(&tract[1], 900, 2300)
			tune(&tract[2], 2300, 3200)
			tune(&tract[3], 3400, 4500)
			if random.IntN(3) == 0 {
				at += hiss(out[min(at, samples):], random)
			}
			at += vowel(out[min(at, samples):], &tract, pitch*(0.85+0.3*random.Float64()), random)
		}
	}
	return levelled(out)
}

// formant is a resonance that glides to its goal.
type formant struct {
	hertz, goal, width float64
	samples            int
	radius, turn       float64
	y1, y2             float64
}

//go:norace
func (f *formant) next(x float64) float64 {
	const step = 32 // samples with one pitch
	if f.samples%step == 0 {
		f.hertz += (f.goal - f.hertz) * step / (25 * millisecond)
		f.radius = math.Exp(-math.Pi * f.width / sampleRate)
		f.turn = 2 * f.radius * math.Cos(2*math.Pi*f.hertz/sampleRate)
	}
	f.samples++
	y := (1-f.radius)*x + f.turn*f.y1 - f.radius*f.radius*f.y2
	f.y1, f.y2 = y, f.y1
	return y
}

// vowel writes a voiced syllable to the start of out and returns its length.
//
//go:norace
func vowel(out []float32, tract *[4]formant, pitch float64, random *rand.Rand) int {
	length := (90 + random.IntN(160)) * millisecond
	glide, loud := 0.3*(random.Float64()-0.5), 0.4+0.6*random.Float64()
	phase, flow := 0.0, 0.0
	for i := range min(length, len(out)) {
		t := float64(i) / float64(length)
		phase += pitch * (1 + glide*t) / sampleRate * (1 + 0.02*random.NormFloat64())
		pulse := 0.0
		if phase >= 1 {
			phase, pulse = phase-1, 60*(0.9+0.2*random.Float64())
		}
		flow = 0.93*flow + pulse + 0.5*random.NormFloat64()
		v := 0.0
		for k := range tract {
			v += tract[k].next(flow) / float64(1+k/2)
		}
		out[i] += float32(loud * v * math.Sqrt(math.Sin(math.Pi*t)))
	}
	return length
}

// hiss writes an unvoiced consonant to the start of out and returns its length.
//
//go:norace
func hiss(out []float32, random *rand.Rand) int {
	length := (40 + random.IntN(70)) * millisecond
	f := formant{hertz: 2500, goal: 3000 + 4000*random.Float64(), width: 1500}
	for i := range min(length, len(out)) {
		out[i] += float32(0.8 * f.next(random.NormFloat64()*2) * math.Sin(math.Pi*float64(i)/float64(length)))
	}
	return length
}

// levelled scales x to talkLevel where there is speech.
func levelled(x []float32) []float32 {
	scale(x, talkLevel/activeLevel(x))
	return x
}

func scale(x []float32, gain float64) {
	for i := range x {
		x[i] *= float32(gain)
	}
}

// activeLevel is the root mean square of the stretches of 20 ms that lie less than 30 dB below the loudest.
func activeLevel(x []float32) float64 {
	const stretch = 20 * millisecond
	var all []float64
	most := 0.0
	for i := 0; i+stretch <= len(x); i += stretch {
		p := energy(x[i:i+stretch]) / stretch
		all, most = append(all, p), max(most, p)
	}
	sum, n := 0.0, 0.0
	for _, p := range all {
		if p > most*1e-3 {
			sum, n = sum+p, n+1
		}
	}
	return math.Sqrt(sum / n)
}

//go:norace
func energy(x []float32) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// texts are what voices of espeak-ng say.
var texts = []string{
	"Let us begin, the others will join us later. I have sent you the drawings of the new staircase, and the carpenter has questions about the third step. Would oak be too expensive? We could use ash for the sides, nobody will see them.",
	"The ferry leaves at a quarter to nine, so we must be at the harbour before half past eight. Take a warm jacket with you, it is always windy on deck. Jonathan has the tickets; his sister will bring coffee and fresh bread.",
	"Thank you very much for the report. I have read the first two chapters, and I found only small mistakes. Chapter three is much too long: perhaps you can move the tables into an appendix. Shall we talk about it on Wednesday afternoon?",
	"When the engine gets hot, it makes a strange knocking noise. We have changed the oil, the filter and both belts, but nothing helped. The garage in Church Street says that the pump is worn. What do you think we should do?",
}

// spoken are talkers of espeak-ng, made when they are first asked for.
type spoken struct{ clips [][]float32 }

// espeak makes two talkers, who do not share a voice. It is false where the program is missing.
var espeak = sync.OnceValues(func() ([2]spoken, bool) {
	var both [2]spoken
	program, err := exec.LookPath("espeak-ng")
	if err != nil {
		return both, false
	}
	dir, err := os.MkdirTemp("", "voices")
	if err != nil {
		return both, false
	}
	defer os.RemoveAll(dir)
	for i, voice := range []string{"en-us+m3", "en-gb+f2", "en-gb-scotland+m7", "en-us+f4", "en-us+m1", "en-gb-x-rp+f1"} {
		file := filepath.Join(dir, "voice.wav")
		speed, pitch := fmt.Sprint(150+10*(i%4)), fmt.Sprint(35+6*i)
		if exec.Command(program, "-v", voice, "-s", speed, "-p", pitch, "-w", file, texts[i%len(texts)]).Run() != nil {
			return both, false
		}
		wav, err := os.ReadFile(file)
		if err != nil {
			return both, false
		}
		both[i%2].clips = append(both[i%2].clips, levelled(clipOf(wav)))
	}
	return both, true
})

// clipOf reads 16 bit mono of a WAV file with a header of 44 bytes, and brings it to 48 kHz.
func clipOf(wav []byte) []float32 {
	rate := float64(binary.LittleEndian.Uint32(wav[24:]))
	wav = wav[44:]
	x := make([]float32, len(wav)/2+2*sincHalf)
	for i := range len(wav) / 2 {
		x[sincHalf+i] = float32(int16(binary.LittleEndian.Uint16(wav[2*i:]))) / 32768
	}
	out := make([]float32, int(float64(len(wav)/2)*sampleRate/rate))
	for i := range out {
		out[i] = sample(x, sincHalf+float64(i)*rate/sampleRate)
	}
	return out
}

// talk strings stretches of the clips together, with pauses.
func (s spoken) talk(samples int, seed uint64) []float32 {
	random := rand.New(rand.NewPCG(seed, 11))
	out := make([]float32, 0, samples+10*sampleRate)
	for len(out) < samples {
		clip := s.clips[random.IntN(len(s.clips))]
		length := min(sampleRate*(3+random.IntN(6)), len(clip))
		from := random.IntN(len(clip) - length + 1)
		out = append(out, clip[from:from+length]...)
		out = append(out, make([]float32, (100+random.IntN(300))*millisecond)...)
	}
	return out[:samples]
}

func TestTheSyntheticTalkerSpeaksAtItsLevelAndPauses(t *testing.T) {
	x := synthetic(20*sampleRate, 3)
	if got := activeLevel(x); math.Abs(got-talkLevel) > 1e-4 {
		t.Errorf("level %.4f, want %.4f", got, talkLevel)
	}
	quiet := 0
	for i := 0; i+block <= len(x); i += block {
		if energy(x[i:i+block]) < 1e-3*talkLevel*talkLevel*block {
			quiet++
		}
	}
	if share := float64(quiet) * block / float64(len(x)); share < 0.03 || share > 0.4 {
		t.Errorf("silent for %.0f %% of the time, want some pauses", 100*share)
	}
}
