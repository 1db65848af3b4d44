package resample_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"confab/conference/media/capture/resample"
)

// tone reads an endless sine of the given frequency and rate.
func tone(hertz, rate float64) func([]float32) error {
	n := 0
	return func(b []float32) error {
		for i := range b {
			b[i] = float32(0.5 * math.Sin(2*math.Pi*hertz*float64(n)/rate))
			n++
		}
		return nil
	}
}

// noise is the part of samples, in dB under it, that is not the given sine of 48 kHz, with any phase
// and amplitude near 0.5.
func noise(samples []float32, hertz float64) (noiseDB, amplitude float64) {
	var re, im, total float64
	for i, v := range samples {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
		re, im, total = re+float64(v)*c, im+float64(v)*s, total+float64(v)*float64(v)
	}
	n := float64(len(samples))
	re, im = 2*re/n, 2*im/n
	rest := 0.0
	for i, v := range samples {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
		d := float64(v) - re*c - im*s
		rest += d * d
	}
	return 10 * math.Log10(rest/total), math.Hypot(re, im)
}

func TestToneKeepsItsShapeAtEveryRate(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 47999, 88200, 96000, 192000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			r := resample.New(rate, 48000, tone(1000, float64(rate)))
			out := make([]float32, 48000)
			for i := 0; i < len(out); i += 480 {
				if err := r.Read(out[i : i+480]); err != nil {
					t.Fatal(err)
				}
			}
			if db, amplitude := noise(out[4800:], 1000); db > -75 || math.Abs(amplitude-0.5) > 0.002 {
				t.Errorf("noise %.1f dB, amplitude %.4f, want under -75 and 0.5", db, amplitude)
			}
		})
	}
}

func TestWhatTheLowerRateCannotCarryIsRemoved(t *testing.T) {
	r := resample.New(96000, 48000, tone(30000, 96000))
	out := make([]float32, 9600)
	if err := r.Read(out); err != nil {
		t.Fatal(err)
	}
	for _, v := range out[480:] {
		if math.Abs(float64(v)) > 0.5e-4 {
			t.Fatalf("30 kHz came through as %v", v)
		}
	}
}

func TestDelayIsZero(t *testing.T) {
	n := 0
	impulse := func(b []float32) error { // one sample of 1 at 10 ms
		for i := range b {
			b[i] = 0
			if n == 441 {
				b[i] = 1
			}
			n++
		}
		return nil
	}
	r := resample.New(44100, 48000, impulse)
	out := make([]float32, 960)
	if err := r.Read(out); err != nil {
		t.Fatal(err)
	}
	peak := 0
	for i := range out {
		if out[i] > out[peak] {
			peak = i
		}
	}
	if peak != 480 {
		t.Errorf("the impulse at 10 ms is at sample %d, want 480", peak)
	}
}

func TestErrorOfTheInputIsPassedOn(t *testing.T) {
	r := resample.New(44100, 48000, func([]float32) error { return io.ErrUnexpectedEOF })
	if err := r.Read(make([]float32, 480)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Read: %v", err)
	}
}
