package resample_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"confab/conference/media/capture/resample"
)

// rest is the part of samples, in dB under all of them, that is not a sine of the given frequency, and the
// amplitude of that sine.
func rest(samples []float32, hertz, rate float64) (restDB, amplitude float64) {
	// A least-squares fit of sine and cosine, which need not have whole periods.
	var ss, cc, sc, xs, xc, total float64
	for i, v := range samples {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / rate)
		x := float64(v)
		ss, cc, sc, xs, xc, total = ss+s*s, cc+c*c, sc+s*c, xs+x*s, xc+x*c, total+x*x
	}
	d := ss*cc - sc*sc
	a, b := (xs*cc-xc*sc)/d, (xc*ss-xs*sc)/d
	left := 0.0
	for i, v := range samples {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / rate)
		left += (float64(v) - a*s - b*c) * (float64(v) - a*s - b*c)
	}
	return 10 * math.Log10(left/total), math.Hypot(a, b)
}

// sine is half a second of a sine of amplitude 1.
func sine(hertz float64, rate int) []float32 {
	x := make([]float32, rate/2)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * hertz * float64(i) / float64(rate)))
	}
	return x
}

// converted passes all of x through a new stream.
func converted(from, to int, x []float32) []float32 {
	s := resample.NewStream(from, to)
	out := make([]float32, len(x)*to/from+to/100)
	n, _ := s.Process(out, x)
	return out[:n]
}

// rates are those of sound cards; 47952 is one whose ratio to 48000 is looked up between phases.
var rates = []int{8000, 16000, 22050, 32000, 44100, 47952, 88200, 96000, 192000}

func TestTonesPassUpToFourFifthsOfTheLowerRate(t *testing.T) {
	for _, rate := range rates {
		for _, way := range [][2]int{{rate, 48000}, {48000, rate}} {
			from, to := way[0], way[1]
			lower := float64(min(from, to)) / 2
			for _, part := range []float64{0.01, 0.1, 0.3, 0.5, 0.7, 0.8} {
				out := converted(from, to, sine(part*lower, from))
				out = out[len(out)/8 : len(out)*7/8]
				db, amplitude := rest(out, part*lower, float64(to))
				if gain := 20 * math.Log10(amplitude); math.Abs(gain) > 0.01 || db > -85 {
					t.Errorf("%d to %d, %.0f Hz: gain %.3f dB, noise and images %.1f dB", from, to, part*lower, gain, db)
				}
			}
		}
	}
}

func TestWhatTheLowerRateCannotCarryIsRemoved(t *testing.T) {
	for _, rate := range rates {
		if rate == 48000 {
			continue
		}
		from, to := max(rate, 48000), min(rate, 48000)
		for _, part := range []float64{1, 1.01, 1.05, 1.2, 1.5, 1.9, 2, 3, 3.99} {
			hertz := part * float64(to) / 2
			if hertz > float64(from)/2 {
				break
			}
			out := converted(from, to, sine(hertz, from))
			energy := 0.0
			out = out[len(out)/8 : len(out)*7/8]
			for _, v := range out {
				energy += float64(v) * float64(v)
			}
			if db := 10 * math.Log10(2*energy/float64(len(out))+1e-20); db > -85 {
				t.Errorf("%d to %d: %.0f Hz came through at %.1f dB", from, to, hertz, db)
			}
		}
	}
}

func TestASweepComesBackAsItWas(t *testing.T) {
	const seconds = 2
	for _, rate := range rates[1:] {
		top := 0.8 * float64(min(rate, 48000)) / 2
		in := make([]float32, seconds*48000)
		for i := range in {
			at := float64(i) / 48000
			in[i] = float32(0.5 * math.Sin(2*math.Pi*(50*at+(top-50)*at*at/(2*seconds))))
		}
		back := converted(rate, 48000, converted(48000, rate, in))
		var signal, noise float64
		for i := 4800; i < len(back)-4800; i++ {
			d := float64(back[i] - in[i])
			signal, noise = signal+float64(in[i]*in[i]), noise+d*d
		}
		if db := 10 * math.Log10(signal/noise); db < 80 {
			t.Errorf("there and back by way of %d: %.1f dB, want 80", rate, db)
		}
	}
}

func TestRatiosAreExactForEver(t *testing.T) {
	for _, rate := range rates {
		s := resample.NewStream(rate, 48000)
		in, out := make([]float32, rate), make([]float32, 48001)
		for second := range 20 {
			written := 0
			for rest := in; len(rest) > 0; {
				n, m := s.Process(out[written:], rest)
				written, rest = written+n, rest[m:]
			}
			if second > 0 && written != 48000 {
				t.Errorf("%d: %d samples of second %d, want 48000", rate, written, second)
			}
		}
	}
}

func TestPortionsDoNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, rate := range rates {
		in := make([]float32, rate/5)
		for i := range in {
			in[i] = random.Float32() - 0.5
		}
		whole := converted(rate, 48000, in)
		s := resample.NewStream(rate, 48000)
		var parts []float32
		rest := in
		for len(rest) > 0 {
			dst := make([]float32, 1+random.IntN(700))
			needed := s.Needed(len(dst))
			n, m := s.Process(dst, rest[:min(len(rest), needed, 1+random.IntN(900))])
			if m == needed && n != len(dst) {
				t.Fatalf("%d: %d samples of input gave %d of %d", rate, m, n, len(dst))
			}
			parts, rest = append(parts, dst[:n]...), rest[m:]
		}
		dst := make([]float32, 1000)
		n, _ := s.Process(dst, nil)
		if parts = append(parts, dst[:n]...); !slices.Equal(parts, whole) {
			t.Errorf("%d: portions give another sound (%d samples, %d)", rate, len(parts), len(whole))
		}
	}
}

func TestNeededIsExact(t *testing.T) {
	for _, rate := range rates {
		s := resample.NewStream(rate, 48000)
		in, out := make([]float32, 4*rate/100), make([]float32, 480)
		for range 50 {
			needed := s.Needed(480)
			if n, m := s.Process(out[:480], in[:needed-1]); n == 480 || m != needed-1 {
				t.Fatalf("%d: %d samples gave %d of 480 already", rate, m, n)
			} else if k, _ := s.Process(out[n:480], in[:1]); n+k != 480 {
				t.Fatalf("%d: %d samples gave %d of 480", rate, needed, n+k)
			}
		}
	}
}

func TestAStreamAllocatesNothing(t *testing.T) {
	for _, rate := range rates {
		s := resample.NewStream(rate, 48000)
		in, out := make([]float32, rate/100), make([]float32, 520)
		if n := testing.AllocsPerRun(100, func() { s.Process(out, in) }); n != 0 {
			t.Errorf("%d: %v allocations", rate, n)
		}
	}
}

func TestTheDelayIsTwoMillisecondsAtMost(t *testing.T) {
	for _, rate := range []int{16000, 44100, 48000, 96000, 192000} {
		if d := resample.NewStream(rate, 48000).Delay(); d > 2*time.Millisecond {
			t.Errorf("%d: %v", rate, d)
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add(44100, 48000, []byte{10, 20, 0, 255})
	f.Add(47952, 48000, []byte{255, 1})
	f.Add(48000, 1000, []byte{1, 255})
	f.Add(768000, 1001, []byte{255, 255, 3})
	f.Fuzz(func(t *testing.T, from, to int, portions []byte) {
		if from < resample.MinRate || to < resample.MinRate || from > resample.MaxRate || to > resample.MaxRate || to%1000 > 2 {
			return
		}
		s := resample.NewStream(from, to)
		in, out := make([]float32, 256), make([]float32, 256)
		written, read := 0, 0
		for _, p := range portions {
			for i := range in {
				in[i] = 1
			}
			n, m := s.Process(out[:p], in[:len(in)-int(p)])
			written, read = written+n, read+m
			for _, v := range out[:n] {
				if !(v > -1.3 && v < 1.3) {
					t.Fatalf("from %d to %d: %v", from, to, v)
				}
			}
			if s.Needed(0) != 0 || s.Needed(1000) < 0 {
				t.Fatal("needs less than nothing")
			}
		}
		if most := read*to/from + 1; written > most {
			t.Fatalf("from %d to %d: %d samples of %d", from, to, written, read)
		}
	})
}

func BenchmarkStream(b *testing.B) {
	for _, way := range [][2]int{{16000, 48000}, {44100, 48000}, {48000, 44100}, {47952, 48000}, {96000, 48000}, {192000, 48000}, {48000, 192000}} {
		b.Run(fmt.Sprintf("%dto%d", way[0], way[1]), func(b *testing.B) {
			s := resample.NewStream(way[0], way[1])
			in, out := make([]float32, way[0]/100), make([]float32, way[1]/100+1)
			b.ReportAllocs()
			for b.Loop() {
				s.Process(out, in)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/block")
		})
	}
}
