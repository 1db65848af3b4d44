package voice_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"confab/conference/media/audio/fourier"
	"confab/conference/media/audio/voice"
)

// The goals of the suppressor, in decibels.
const (
	leastPause = 16  // less of stationary noise in pauses, from the first second on
	leastClean = 30  // clean speech against itself
	mostShift  = 0.3 // of its level
	leastMend  = 1.5 // segmental SNR gained, mean of all noises
)

func TestStationaryNoiseIsTakenOutOfPauses(t *testing.T) {
	t.Parallel()
	for _, h := range heard[:stationary] {
		s := h().rate(h().out, suppressorDelay)
		if s.pauses < leastPause || s.early < leastPause {
			t.Errorf("%s: pauses are %.1f dB down, from 1 to 2 s %.1f dB, want %v", h().kind, s.pauses, s.early, leastPause)
		}
	}
}

func TestCleanSpeechStaysAsItIs(t *testing.T) {
	t.Parallel()
	for talker, h := range heard[clean:] {
		s := h().rate(h().out, suppressorDelay)
		if s.after < leastClean || math.Abs(s.kept) > mostShift {
			t.Errorf("talker %d: %.1f dB from itself, want %v; level moved by %.2f dB, want %v at most", talker, s.after, leastClean, s.kept, mostShift)
		}
	}
}

func TestSpeechInNoiseComesNearerToItself(t *testing.T) {
	t.Parallel()
	var mended []float64
	for _, h := range heard[:clean] {
		s := h().rate(h().out, suppressorDelay)
		mended = append(mended, s.after-s.before)
	}
	if m := mean(mended); m < leastMend {
		t.Errorf("%.2f dB of segmental SNR gained, want %v; by noise %.1f", m, leastMend, mended)
	}
}

// steady is white noise of so many seconds at a level in dBFS.
func steady(length, level float64, seed uint64) []float64 {
	return scaled(white(seconds(length), rand.New(rand.NewPCG(seed, 2))), level)
}

func suppressed(s *voice.Suppressor, x []float64) []float64 {
	return through(x, func(_ int, block []float32) { s.Process(block, block) })
}

// lowered is how many decibels less y has than x, over the last second.
func lowered(x, y []float64) float64 {
	return inDecibels(power(x[len(x)-rate:]) / power(y[len(y)-rate:]))
}

func TestNoiseThatGrowsIsLearned(t *testing.T) {
	x := append(steady(2, -60, 1), steady(4.2, -48, 2)...)
	if d := lowered(x, suppressed(voice.NewSuppressor(), x)); d < leastPause {
		t.Errorf("after 3.2 s of noise that grew by 12 dB it is %.1f dB down, want %v", d, leastPause)
	}
}

// Somebody who speaks when the microphone opens must not be taken for noise until they pause.
func TestWhoSpeaksFromTheStartIsHeard(t *testing.T) {
	t.Parallel()
	const within = 1 // seconds
	for talker := range syntheticCast().talkers {
		m := syntheticCast().speakIn(talker, place{noise: "pink", snr: 20, level: levels[talker], seconds: 5, quiet: 0.001, seed: 6})
		m.mixed = m.mixed[rate/4/blockLength*blockLength:] // in the midst of a word
		sure := slices.IndexFunc(hear(m).verdicts, func(v voice.Verdict) bool { return v.Sure })
		if sure < 0 || sure > within*rate/blockLength {
			t.Errorf("talker %d is heard after %d blocks, want %d at most", talker, sure, within*rate/blockLength)
		}
	}
}

func TestDigitalSilenceIsNotTakenForTheNoiseOfARoom(t *testing.T) {
	zeros := make([]float64, 2*rate)
	for name, before := range map[string][]float64{"at the start": nil, "after noise": steady(2, -50, 1)} {
		s := voice.NewSuppressor()
		suppressed(s, before)
		for i, v := range suppressed(s, zeros)[2*voice.BlockLength:] {
			if v != 0 {
				t.Fatalf("%s: sample %d of silence is %g", name, i, v)
			}
		}
		x := steady(2, -50, 2)
		if d := lowered(x, suppressed(s, x)); d < leastPause {
			t.Errorf("%s: noise after silence is %.1f dB down in its second second, want %v", name, d, leastPause)
		}
	}
}

func TestASwitchedOffSuppressorPassesSoundAndGoesOnListening(t *testing.T) {
	s := voice.NewSuppressor()
	s.SetActive(false)
	x := steady(2, -40, 1)
	y := suppressed(s, x)
	for i := voice.BlockLength; i < len(y); i++ {
		if d := math.Abs(y[i] - x[i-voice.BlockLength]); d > 1e-6 {
			t.Fatalf("sample %d is off by %g", i, d)
		}
	}
	s.SetActive(true)
	x = steady(1.1, -40, 2)
	if d := lowered(x, suppressed(s, x)); d < leastPause {
		t.Errorf("switched on, it takes the noise down by %.1f dB, want %v", d, leastPause)
	}
}

// A canceller's frame is Process in parts: window, transform, Shape, back.
func TestShapeIsWhatProcessDoesToItsFrame(t *testing.T) {
	whole, parts := voice.NewSuppressor(), voice.NewSuppressor()
	transform := fourier.New(voice.TransformLength)
	frame, buffer := make([]float32, voice.FrameLength), make([]float32, voice.TransformLength)
	re, im := make([]float32, voice.Bins), make([]float32, voice.Bins)
	tail := make([]float32, voice.BlockLength)
	window := func(i int) float32 {
		return float32(math.Sin(math.Pi * (float64(i) + 0.5) / voice.FrameLength))
	}
	out := make([]float32, voice.BlockLength)
	through(steady(1, -30, 1), func(_ int, block []float32) {
		copy(frame, frame[voice.BlockLength:])
		copy(frame[voice.BlockLength:], block)
		clear(buffer)
		for i, v := range frame {
			buffer[i] = v * window(i)
		}
		transform.Forward(buffer, re, im)
		parts.Shape(re, im)
		transform.Inverse(re, im, buffer)
		whole.Process(block, out)
		for i, v := range out {
			if got := tail[i] + buffer[i]*window(i); math.Abs(float64(got-v)) > 1e-6 {
				t.Fatalf("sample %d: %g in parts, %g by Process", i, got, v)
			}
			tail[i] = buffer[voice.BlockLength+i] * window(voice.BlockLength+i)
		}
	})
}

func TestASpectrumThatIsNotFiniteIsSilencedAndForgotten(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), 1e30} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			s := voice.NewSuppressor()
			suppressed(s, steady(2, -40, 1))
			re, im := make([]float32, voice.Bins), make([]float32, voice.Bins)
			re[7] = float32(bad)
			s.Shape(re, im)
			for k := range re {
				if re[k] != 0 || im[k] != 0 {
					t.Fatalf("bin %d is %g, %g, want nothing", k, re[k], im[k])
				}
			}
			x := steady(1.1, -40, 2)
			if d := lowered(x, suppressed(s, x)); !(d > leastPause) {
				t.Errorf("after it, noise is %.1f dB down, want %v", d, leastPause)
			}
		})
	}
}
