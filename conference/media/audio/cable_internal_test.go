package audio

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// shapes are what devices look like.
var shapes = []struct{ rate, channels int }{
	{8000, 1}, {16000, 1}, {44100, 2}, {48000, 1}, {48000, 2}, {48000, 6}, {88200, 2}, {96000, 2}, {192000, 8}, {47952, 1},
}

// sineAt is a sample of a sine of amplitude 10000.
func sineAt(hertz float64, i, rate int) int16 {
	return int16(math.Round(10000 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))))
}

// noiseOf is what of x is not a sine of the given frequency and its amplitude, in dB under the sine.
func noiseOf(x []int16, hertz float64, rate int) (db, amplitude float64) {
	var re, im float64
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / float64(rate))
		re, im = re+float64(v)*c, im+float64(v)*s
	}
	n := float64(len(x))
	re, im = 2*re/n, 2*im/n
	noise := 0.0
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / float64(rate))
		d := float64(v) - re*c - im*s
		noise += d * d
	}
	amplitude = math.Hypot(re, im)
	return 10 * math.Log10(noise/(n*amplitude*amplitude/2)), amplitude
}

func TestAMicrophoneIsHeardAtEveryRate(t *testing.T) {
	for _, shape := range shapes {
		t.Run(fmt.Sprintf("%d/%d", shape.rate, shape.channels), func(t *testing.T) {
			c := newCable(capture.Microphone, shape.rate, shape.channels)
			var out []int16
			var frame [block]int16
			at := 0
			for range 120 {
				in := make([]int16, (shape.rate+99)/100*shape.channels)
				for i := range len(in) / shape.channels {
					for k := range in[i*shape.channels:][:shape.channels] {
						in[i*shape.channels+k] = 5000 // of no use
						if k < 2 {
							in[i*shape.channels+k] = sineAt(1000, at, shape.rate)
						}
					}
					at++
				}
				c.capture(in)
				for c.take(&frame) {
					out = append(out, frame[:]...)
				}
			}
			if len(out) < 56000 || len(out) > 58000 {
				t.Errorf("%d samples of 1.2 s", len(out))
			}
			db, amplitude := noiseOf(out[4800:52800], 1000, 48000)
			if db > -75 || math.Abs(amplitude-10000) > 20 {
				t.Errorf("noise %.1f dB, amplitude %.0f", db, amplitude)
			}
		})
	}
}

func TestASpeakerPlaysTheSameOnBothChannelsAtEveryRate(t *testing.T) {
	for _, shape := range shapes {
		t.Run(fmt.Sprintf("%d/%d", shape.rate, shape.channels), func(t *testing.T) {
			c := newCable(capture.Speaker, shape.rate, shape.channels)
			var played []int16
			var frame [block]int16
			out := make([]int16, shape.rate/100*shape.channels)
			for n := range 120 {
				for i := range frame {
					frame[i] = sineAt(1000, n*block+i, 48000)
				}
				c.put(&frame)
				if n < 3 {
					continue
				}
				c.play(out)
				for i := 0; i < len(out); i += shape.channels {
					played = append(played, out[i])
					if shape.channels > 1 && out[i+1] != out[i] {
						t.Fatal("the channels differ")
					}
					if slices.ContainsFunc(out[min(i+2, i+shape.channels):i+shape.channels], func(v int16) bool { return v != 0 }) {
						t.Fatal("a channel behind the front ones is not silent")
					}
				}
			}
			db, amplitude := noiseOf(played[shape.rate/10:shape.rate*11/10], 1000, shape.rate)
			if db > -75 || math.Abs(amplitude-10000) > 20 {
				t.Errorf("noise %.1f dB, amplitude %.0f", db, amplitude)
			}
			if missed := c.ring.missed.Load(); missed != 0 {
				t.Errorf("%d reads found too little", missed)
			}
		})
	}
}

// greatestStep is the greatest distance of two neighbours.
func greatestStep(x []int16) (step int) {
	for i := 1; i < len(x); i++ {
		step = max(step, max(int(x[i])-int(x[i-1]), int(x[i-1])-int(x[i])))
	}
	return step
}

// A sine of 400 Hz that is as loud as can be has steps of 1700, and 32767 where it is torn.
const smooth = 2200

// loudAt is a sample of that sine.
func loudAt(i, rate int) int16 {
	return int16(32767 * math.Sin(2*math.Pi*400*float64(i)/float64(rate)))
}

func TestASpeakerThatRunsDryOrEndsDoesNotClick(t *testing.T) {
	c := newCable(capture.Speaker, 48000, 1)
	var played []int16
	var frame [block]int16
	out := make([]int16, 100)
	at := 0
	for n := range 400 {
		if dry := n/60%2 == 1; !dry && c.waiting() < 2*block {
			for i := range frame {
				frame[i] = loudAt(at, 48000)
				at++
			}
			c.put(&frame)
		}
		if n == 391 { // while it is loud
			c.hush.Store(true)
		}
		c.play(out)
		played = append(played, out...)
	}
	if step := greatestStep(played); step > smooth {
		t.Errorf("a step of %d", step)
	}
	loud := 0
	for _, v := range played {
		if v > 30000 {
			loud++
		}
	}
	if loud < 2000 {
		t.Errorf("only %d samples are loud", loud)
	}
	if !c.still.Load() || played[len(played)-1] != 0 {
		t.Error("the end is not silent")
	}
}

func TestAMicrophoneThatIsChangedDoesNotClick(t *testing.T) {
	p, x := &port{kind: capture.Microphone}, []int16(nil)
	m := newMicrophone(&p.plugged, nil)
	var f media.AudioFrame
	for _, shape := range shapes {
		c := newCable(capture.Microphone, shape.rate, shape.channels)
		p.plugged.Store(c)
		at := 0
		record := func(n int) {
			in := make([]int16, n*shape.channels)
			for i := range in {
				in[i] = loudAt(at+i/shape.channels+shape.rate/1600, shape.rate)
			}
			at += n
			c.capture(in)
		}
		for k := range 20 {
			record(shape.rate / 100)
			if k == 10 { // a reader who is late, and is given the newest
				record(shape.rate / 4)
			}
			for m.next(&f) {
				x = append(x, f.Samples[:]...)
			}
		}
	}
	if len(x) < len(shapes)*15*block {
		t.Errorf("%d samples", len(x))
	}
	if step := greatestStep(x); step > smooth {
		t.Errorf("a step of %d", step)
	}
}

func TestCablesAllocateNothing(t *testing.T) {
	for _, shape := range shapes {
		in := make([]int16, shape.rate/100*shape.channels)
		var frame [block]int16
		speaker := newCable(capture.Speaker, shape.rate, shape.channels)
		microphone := newCable(capture.Microphone, shape.rate, shape.channels)
		if n := testing.AllocsPerRun(100, func() {
			microphone.capture(in)
			microphone.take(&frame)
			speaker.put(&frame)
			speaker.play(in)
		}); n != 0 {
			t.Errorf("%v: %v allocations", shape, n)
		}
	}
}

func TestWhatADeviceMayBe(t *testing.T) {
	for _, test := range []struct {
		rate, channels int
		want           bool
	}{{44100, 2, true}, {8000, 1, true}, {384000, 32, true}, {0, 2, false}, {7999, 1, false}, {48000, 0, false}, {48000, 33, false}, {1 << 30, 1, false}, {-1, -1, false}} {
		if got := fits(test.rate, test.channels); got != test.want {
			t.Errorf("fits(%d, %d) = %v", test.rate, test.channels, got)
		}
	}
}
