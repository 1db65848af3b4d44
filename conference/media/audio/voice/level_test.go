package voice_test

import (
	"math"
	"testing"

	"confab/conference/media/audio/voice"
)

func TestLevelIsThatOfRFC6464(t *testing.T) {
	filled := func(v float32) []float32 {
		x := make([]float32, voice.BlockLength)
		for i := range x {
			x[i] = v
		}
		return x
	}
	nan := float32(math.NaN())
	tests := map[string]struct {
		x    []float32
		want uint8
	}{
		"square at full scale": {filled(1), 0},
		"over full scale":      {filled(3), 0},
		"half":                 {filled(0.5), 6},
		"-40 dB":               {filled(0.01), 40},
		"one bit":              {filled(1.0 / 32768), 90},
		"next to nothing":      {filled(1e-8), 127},
		"silence":              {filled(0), 127},
		"no samples":           {nil, 127},
		"not a number":         {filled(nan), 127},
	}
	for name, test := range tests {
		if got := voice.Level(test.x); got != test.want {
			t.Errorf("%s: Level = %d, want %d", name, got, test.want)
		}
	}
	x := make([]float32, 4800)
	for i, v := range sine(0.1, 1000, 1, 0) {
		x[i] = float32(v)
	}
	if got := voice.Level(x); got != 3 {
		t.Errorf("sine at full scale: Level = %d, want 3", got)
	}
}

func TestPeakIsTheGreatestAmplitude(t *testing.T) {
	if got := voice.Peak([]float32{0.1, -0.7, 0.5}); got != 0.7 {
		t.Errorf("Peak = %g, want 0.7", got)
	}
	if got := voice.Peak(nil); got != 0 {
		t.Errorf("Peak of nothing = %g", got)
	}
}
