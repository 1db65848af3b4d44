package echo_test

import (
	"encoding/binary"
	"math"
	"sync"
	"testing"

	"confab/conference/media/audio/echo"
)

// bounded fails the test when out holds what no loudspeaker can play.
func bounded(t *testing.T, out []float32) {
	t.Helper()
	for i, v := range out {
		if !(v > -8 && v < 8) {
			t.Fatalf("sample %d is %g", i, v)
		}
	}
}

func TestWhatIsNoSoundDoesNoHarm(t *testing.T) {
	t.Parallel()
	bad := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 3e38, -3e38, 1e-44}
	s := scenario{drift: 60, delay: 0.08, reverberation: 0.2, seed: 101}
	r := s.record(plan{both: 9, near: 9, again: 9, step: 9, end: 9}, synthetic, synthetic)
	for b := 300; b < 310; b++ { // 3 s
		for i := range block {
			r.microphone[b*block+i] = bad[i%len(bad)]
			r.far[b*block+i] = bad[(i+b)%len(bad)]
		}
	}
	out := r.through(echo.New(echo.Options{}))
	bounded(t, out)
	if got := r.enhancement(out, 7, 9); got < 25 {
		t.Errorf("enhancement %.1f dB some seconds after bad samples, want 25", got)
	}
}

func TestReportsOfAnyLengthAndNoneAreTaken(t *testing.T) {
	c := echo.New(echo.Options{})
	in, out := synthetic(4*sampleRate, 3), make([]float32, block)
	c.Render(nil)
	c.Render(in[:1])
	c.Render(in) // 4 s at once
	for b := range 50 {
		c.Process(in[b*block:(b+1)*block], out, nil)
		bounded(t, out)
	}
	for range 10 { // a loudspeaker without a microphone
		c.Render(in[:sampleRate])
	}
	c.Process(in[:block], in[:block], nil) // in place
	bounded(t, in[:block])
}

func TestSilenceStaysSilent(t *testing.T) {
	c := echo.New(echo.Options{})
	zeros, out := make([]float32, block), make([]float32, block)
	for range 300 {
		c.Render(zeros)
		c.Process(zeros, out, nil)
		if energy(out) > 1e-12 {
			t.Fatalf("silence became %g", energy(out))
		}
	}
}

func TestReportsMayComeFromAnotherGoroutine(t *testing.T) {
	c := echo.New(echo.Options{})
	in := synthetic(2*sampleRate, 5)
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		for b := 0; b+block <= len(in); b += block {
			c.Render(in[b : b+block])
		}
	})
	group.Go(func() {
		for range 100 {
			_ = c.Stats()
		}
	})
	out := make([]float32, block)
	for b := 0; b+block <= sampleRate; b += block {
		c.Process(in[b:b+block], out, nil)
	}
}

// FuzzProcess reports and hears whatever comes in whatever order: nothing may panic, and nothing but sound
// may come out.
func FuzzProcess(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	f.Add([]byte{255, 0, 0, 128, 127, 2, 0, 0, 192, 127, 1, 200, 100, 50, 25, 12})
	speech := synthetic(sampleRate, 9)
	f.Fuzz(func(t *testing.T, data []byte) {
		c := echo.New(echo.Options{})
		in, out := make([]float32, block), make([]float32, block)
		for at := 0; len(data) >= 5 && at < 200; at++ {
			value := math.Float32frombits(binary.LittleEndian.Uint32(data[1:]))
			switch order := data[0]; order % 4 {
			case 0: // one odd sample among speech
				copy(in, speech[at*block%(len(speech)-block):])
				in[int(order)%block] = value
			case 1:
				for i := range in {
					in[i] = value
				}
			case 2:
				c.Render(speech[:int(order)*31])
			case 3:
				c.Render([]float32{value, value, value})
			}
			c.Process(in, out, nil)
			bounded(t, out)
			data = data[5:]
		}
	})
}
