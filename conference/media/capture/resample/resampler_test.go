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

func TestAToneKeepsItsShapeAtEveryRate(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 47999, 48000, 88200, 96000, 192000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			r := resample.New(rate, 48000, tone(1000, float64(rate)))
			out := make([]float32, 48000)
			for i := 0; i < len(out); i += 480 {
				if err := r.Read(out[i : i+480]); err != nil {
					t.Fatal(err)
				}
			}
			if db, amplitude := rest(out[4800:], 1000, 48000); db > -90 || math.Abs(amplitude-0.5) > 0.001 {
				t.Errorf("noise %.1f dB, amplitude %.4f, want under -90 and 0.5", db, amplitude)
			}
		})
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

func TestAfterResetNothingIsLeftOfWhatCameBefore(t *testing.T) {
	loud := true
	r := resample.New(44100, 48000, func(b []float32) error {
		for i := range b {
			b[i] = 0
			if loud {
				b[i] = 1
			}
		}
		return nil
	})
	out := make([]float32, 480)
	if err := r.Read(out); err != nil {
		t.Fatal(err)
	}
	loud = false
	r.Reset()
	if err := r.Read(out); err != nil {
		t.Fatal(err)
	}
	for i, v := range out {
		if v != 0 {
			t.Fatalf("sample %d is %v", i, v)
		}
	}
}

func TestErrorOfTheInputIsPassedOn(t *testing.T) {
	r := resample.New(44100, 48000, func([]float32) error { return io.ErrUnexpectedEOF })
	if err := r.Read(make([]float32, 480)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Read: %v", err)
	}
}
