package media_test

import (
	"math"
	"testing"

	"confab/conference/media"
)

func TestSoundLevelsAreThoseOfRFC6464(t *testing.T) {
	tone := func(amplitude float64) []int16 {
		x := make([]int16, 960)
		for i := range x {
			x[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*float64(i)/48)))
		}
		return x
	}
	square := make([]int16, 960)
	for i := range square {
		square[i] = math.MinInt16
	}
	for name, c := range map[string]struct {
		samples []int16
		want    uint8
	}{
		"full scale":     {square, 0},
		"a full sine":    {tone(32767), 3},
		"a tenth of it":  {tone(3276.7), 23},
		"a single count": {[]int16{1, 0}, 93},
		"silence":        {make([]int16, 960), 127},
		"nothing":        {nil, 127},
	} {
		t.Run(name, func(t *testing.T) {
			for _, voice := range []bool{false, true} {
				l := media.SoundLevelOf(c.samples, voice)
				if l.Below() != c.want || l.Voice() != voice {
					t.Errorf("level %d, voice %v, want %d, %v", l.Below(), l.Voice(), c.want, voice)
				}
			}
		})
	}
	if l := media.NewSoundLevel(200, true); l != 0xff {
		t.Errorf("a level beyond the scale is %#x", l)
	}
}
