package fourier_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"confab/conference/media/audio/fourier"
)

// lengths are those of the voice and echo stages, and the shortest of either kind.
var lengths = []int{8, 16, 32, 64, 512, 1024, 2048, 4096}

func noise(n int) []float32 {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	return x
}

// slow is the transform by its definition.
func slow(x []float32, k int) complex128 {
	var sum complex128
	for i, v := range x {
		turn := float64(i*k%len(x)) / float64(len(x))
		sum += complex(float64(v), 0) * cmplx.Rect(1, -2*math.Pi*turn)
	}
	return sum
}

func TestForwardIsTheTransformByItsDefinition(t *testing.T) {
	for _, n := range lengths {
		x, re, im := noise(n), make([]float32, n/2+1), make([]float32, n/2+1)
		fourier.New(n).Forward(x, re, im)
		var wrong, whole float64
		for k := range re {
			want := slow(x, k)
			wrong += math.Pow(cmplx.Abs(complex(float64(re[k]), float64(im[k]))-want), 2)
			whole += math.Pow(cmplx.Abs(want), 2)
		}
		if snr := 10 * math.Log10(whole/(wrong+1e-300)); snr < 130 {
			t.Errorf("length %d: %.1f dB from the definition, want 130", n, snr)
		}
	}
}

func TestInverseGivesTheSamplesBack(t *testing.T) {
	for _, n := range lengths {
		tr := fourier.New(n)
		x, back := noise(n), make([]float32, n)
		re, im := make([]float32, n/2+1), make([]float32, n/2+1)
		for range 2 { // nothing of the first run is left in the second
			tr.Forward(x, re, im)
			tr.Inverse(re, im, back)
		}
		for i := range x {
			if d := math.Abs(float64(back[i] - x[i])); d > 3e-6 {
				t.Fatalf("length %d: sample %d is %g, was %g", n, i, back[i], x[i])
			}
		}
	}
}

func TestInverseTakesTheEndsAsReal(t *testing.T) {
	const n = 64
	tr, x := fourier.New(n), noise(n)
	re, im, back := make([]float32, n/2+1), make([]float32, n/2+1), make([]float32, n)
	tr.Forward(x, re, im)
	im[0], im[n/2] = 5, -7
	tr.Inverse(re, im, back)
	for i := range x {
		if d := math.Abs(float64(back[i] - x[i])); d > 3e-6 {
			t.Fatalf("sample %d is %g, was %g", i, back[i], x[i])
		}
	}
}

func TestATransformLeavesItsInputAlone(t *testing.T) {
	const n = 512
	tr, x := fourier.New(n), noise(n)
	re, im, back := make([]float32, n/2+1), make([]float32, n/2+1), make([]float32, n)
	tr.Forward(x, re, im)
	re2, im2 := append([]float32(nil), re...), append([]float32(nil), im...)
	tr.Inverse(re, im, back)
	for i, v := range noise(n) {
		if x[i] != v {
			t.Fatalf("Forward changed sample %d", i)
		}
	}
	for k := range re {
		if re[k] != re2[k] || im[k] != im2[k] {
			t.Fatalf("Inverse changed bin %d", k)
		}
	}
}

func TestNewRefusesOtherLengths(t *testing.T) {
	for _, n := range []int{-8, 0, 1, 4, 7, 12, 1000} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New(%d) made a transform", n)
				}
			}()
			fourier.New(n)
		}()
	}
}

func TestNothingIsAllocated(t *testing.T) {
	const n = 1024
	tr, x := fourier.New(n), noise(n)
	re, im := make([]float32, n/2+1), make([]float32, n/2+1)
	if got := testing.AllocsPerRun(10, func() { tr.Forward(x, re, im); tr.Inverse(re, im, x) }); got != 0 {
		t.Errorf("%g allocations a pair, want none", got)
	}
}

func ExampleTransform() {
	const n = 16
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Cos(2 * math.Pi * 3 * float64(i) / n))
	}
	t := fourier.New(n)
	re, im := make([]float32, n/2+1), make([]float32, n/2+1)
	t.Forward(x, re, im)
	for k := range re {
		if p := re[k]*re[k] + im[k]*im[k]; p > 1 {
			fmt.Printf("bin %d: %.1f\n", k, re[k])
		}
	}
	// Output: bin 3: 8.0
}

func BenchmarkForward(b *testing.B) {
	for _, n := range []int{512, 1024, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			t, x := fourier.New(n), noise(n)
			re, im := make([]float32, n/2+1), make([]float32, n/2+1)
			b.ReportAllocs()
			for b.Loop() {
				t.Forward(x, re, im)
			}
		})
	}
}

func BenchmarkInverse(b *testing.B) {
	for _, n := range []int{512, 1024, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			t, x := fourier.New(n), make([]float32, n)
			re, im := noise(n)[:n/2+1], noise(n)[:n/2+1]
			b.ReportAllocs()
			for b.Loop() {
				t.Inverse(re, im, x)
			}
		})
	}
}
