package voice_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"confab/conference/media/audio/voice"
)

func limited(x []float64) []float64 {
	l := voice.NewLimiter()
	return through(x, func(_ int, block []float32) { l.Process(block) })
}

func sine(length, hertz, amplitude, phase float64) []float64 {
	x := make([]float64, seconds(length))
	for i := range x {
		x[i] = amplitude * math.Sin(2*math.Pi*hertz*float64(i)/rate+phase)
	}
	return x
}

func TestNothingLeavesTheLimiterAboveTheCeiling(t *testing.T) {
	t.Parallel()
	const length = 0.25 // seconds
	random := rand.New(rand.NewPCG(3, 3))
	square := make([]float64, seconds(length))
	for i := range square {
		square[i] = float64(1 - i/50%2*2)
	}
	impulses := make([]float64, seconds(length))
	for i := 100; i < len(impulses); i += 1201 {
		impulses[i] = 8
	}
	for name, x := range map[string][]float64{
		"tone":                            sine(length, 440, 4, 0),
		"tone with peaks between samples": sine(length, rate/4, 1.2, math.Pi/4),
		"noise":                           scaled(white(seconds(length), random), 0),
		"square":                          square,
		"impulses":                        impulses,
		"onset":                           append(make([]float64, seconds(length)), sine(length, 150, 30, 1)...),
	} {
		if p := truePeak(limited(x)); p > mostPeak {
			t.Errorf("%s: true peak %.3f dBFS, want %.3f at most", name, p, mostPeak)
		}
	}
}

func TestWhatIsBelowTheCeilingLeavesAsItCame(t *testing.T) {
	x := sine(1, 997, 0.85, 0)
	y := limited(x)
	for i := voice.LimiterDelay; i < len(y); i++ {
		if y[i] != float64(float32(x[i-voice.LimiterDelay])) {
			t.Fatalf("sample %d is %g, was %g", i, y[i], x[i-voice.LimiterDelay])
		}
	}
}

func TestTheLimiterLetsGoAfterAPeak(t *testing.T) {
	x := sine(1.5, 997, 0.5, 0)
	for i := range rate / 100 {
		x[i] *= 10
	}
	y := limited(x)
	for i := rate; i < len(y); i++ {
		if y[i] != float64(float32(x[i-voice.LimiterDelay])) {
			t.Fatalf("%.2f s after the peak, sample %d is %g, was %g", float64(i)/rate, i, y[i], x[i-voice.LimiterDelay])
		}
	}
}

// The gain goes down as a ramp: no step in it is greater than what 4.8 ms make of it.
func TestTheLimiterDoesNotClick(t *testing.T) {
	const before, after = 0.4, 4.0
	x := append(sine(0.5, 100, before, 0), sine(0.5, 100, after, 0)...)
	y := limited(x)
	most := 0.0
	for i := voice.LimiterDelay + 1; i < len(y); i++ {
		was, is := x[i-voice.LimiterDelay-1], x[i-voice.LimiterDelay]
		if math.Abs(is) > 0.05 && math.Abs(was) > 0.05 {
			most = max(most, math.Abs(y[i]/is-y[i-1]/was))
		}
	}
	if most > 0.01 {
		t.Errorf("the gain steps by %.4f in a sample, want 0.01 at most", most)
	}
}
