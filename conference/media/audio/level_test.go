package audio_test

import (
	"math"
	"testing"

	"confab/conference/media"
	"confab/conference/media/audio"
)

func TestLevelIsTheRootMeanSquareFromZeroToOne(t *testing.T) {
	square := []int16{32767, -32768, 32767, -32768}
	for name, c := range map[string]struct {
		samples []int16
		want    float64
	}{
		"nothing": {nil, 0}, "silence": {make([]int16, 480), 0}, "full scale": {square, 1},
		"half": {[]int16{16384, -16384}, 0.5}, "the last of five": {[]int16{0, 0, 0, 0, 32767}, math.Sqrt(0.2)},
	} {
		if got := audio.Level(c.samples); math.Abs(got-c.want) > 0.001 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestAMeterSumsTheEnergyOfAllThatWasHeard(t *testing.T) {
	var m audio.Meter
	half := make([]int16, media.FrameSamples)
	for i := range half {
		half[i] = 16384
	}
	for range 100 { // every second 10 ms at half of full scale, silence between
		m.Add(half)
		m.Add(make([]int16, media.FrameSamples))
	}
	if got, want := m.Energy(), 0.25; math.Abs(got-want) > 0.001 {
		t.Errorf("a second at half of full scale: %v, want %v", got, want)
	}
}

func TestAMeterHoldsThePeakFor100Milliseconds(t *testing.T) {
	var m audio.Meter
	m.Add([]int16{32767})
	for i := range 12 {
		if got, want := m.Level() > 0.9, i < 10; got != want {
			t.Errorf("%d ms after the peak: level %v", i*10, m.Level())
		}
		m.Add([]int16{0})
	}
}
