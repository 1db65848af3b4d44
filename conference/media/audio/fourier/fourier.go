// Package fourier turns blocks of sound into spectra and back.
//
// A Transform is the discrete Fourier transform of a block of real samples whose number is a power of two:
// Forward gives the bins 0 to n/2, Inverse makes the samples of them again. Nothing is allocated after New.
//
// The block is taken as n/2 complex numbers, even samples real and odd ones imaginary, which makes half the
// work of a complex transform of n. Those run through stages of constant geometry (Pease 1968) in radix 4:
// every stage reads four quarters side by side and writes in order, so that all stages are the same loop.
// That leaves the result in another order, which is looked up where the bins of the real block are made
// of it. Inverse goes the same way back, stage by stage.
package fourier

import (
	"fmt"
	"math"
	"math/bits"
)

// minLength is the shortest block: it has one stage.
const minLength = 8

// Transform is the transform of blocks of one length. One goroutine uses it at a time.
type Transform struct {
	n      int          // samples of a block
	stages [][]twiddles // radix 4, in the order of Forward
	last2  bool         // a stage in radix 2 follows them
	order  []int32      // where bin k of the complex transform lies
	split  []float32    // cos, sin of -2 pi k / n, k from 0 to n/4: from complex bins to real ones

	a, b []float32 // n: complex numbers between the stages, real and imaginary parts in turn
}

// twiddles are the factors of the second, third and fourth output of a butterfly, real and imaginary.
type twiddles [6]float32

// New makes the transform of blocks of n samples. It panics unless n is a power of two and at least 8.
func New(n int) *Transform {
	if n < minLength || n&(n-1) != 0 {
		panic(fmt.Sprintf("fourier: length %d is not a power of two of at least %d", n, minLength))
	}
	t := &Transform{n: n, a: make([]float32, n), b: make([]float32, n)}
	m := n / 2
	twos := bits.Len(uint(m)) - 1
	t.last2 = twos%2 == 1
	for s := range twos / 2 {
		t.stages = append(t.stages, stage(m, 1<<(2*s)))
	}
	t.order = order(m, twos)
	for k := range n/4 + 1 {
		re, im := root(k, n)
		t.split = append(t.split, re, im)
	}
	return t
}

// stage gives the factors of one stage, in which run butterflies after each other share theirs.
func stage(m, run int) []twiddles {
	all := make([]twiddles, m/4)
	for i := range all {
		k := i - i%run
		w := &all[i]
		w[0], w[1] = root(k, m)
		w[2], w[3] = root(2*k, m)
		w[4], w[5] = root(3*k, m)
	}
	return all
}

// order tells for each bin of a complex transform of m = 2^twos where the stages leave it: its digits in
// base 4, and the single binary one above them, read backwards.
func order(m, twos int) []int32 {
	all := make([]int32, m)
	for k := range all {
		rest, at := k, 0
		for range twos / 2 {
			at, rest = at<<2|rest&3, rest>>2
		}
		if twos%2 == 1 {
			at = at<<1 | rest
		}
		all[k] = int32(at)
	}
	return all
}

// root is exp(-2 pi i k / n).
func root(k, n int) (re, im float32) {
	sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
	return float32(cos), float32(sin)
}

// Forward transforms the n samples of x and puts the bins 0 to n/2 into re and im, which hold n/2+1 each:
// the sum over i of x[i] exp(-2 pi i k/n), not scaled. x is not changed.
func (t *Transform) Forward(x, re, im []float32) {
	src, dst, spare := x[:t.n], t.a, t.b
	for _, w := range t.stages {
		divide(src, dst, w)
		src, dst, spare = dst, spare, dst
	}
	if t.last2 {
		divide2(src, dst)
		src = dst
	}
	t.toReal(src, re, im)
}

// Inverse undoes Forward: it takes the bins 0 to n/2 and puts n samples into x. The imaginary parts of the
// first and the last bin count as zero. re and im are not changed.
func (t *Transform) Inverse(re, im, x []float32) {
	src, dst := t.a, t.b
	t.toComplex(re, im, src)
	if t.last2 {
		combine2(src, dst)
		src, dst = dst, src
	}
	for s := len(t.stages) - 1; s > 0; s-- {
		combine(src, dst, t.stages[s])
		src, dst = dst, src
	}
	combine(src, x[:t.n], t.stages[0])
}

// toReal makes the bins of the real block of those of the complex one: with E and O the transforms of the
// even and the odd samples, z[k] = E + iO and z[m-k]* = E - iO; x[k] = E + w^k O.
//
//go:norace
func (t *Transform) toReal(z, re, im []float32) {
	m := t.n / 2
	re, im = re[:m+1], im[:m+1]
	re[0], im[0] = z[0]+z[1], 0
	re[m], im[m] = z[0]-z[1], 0
	for k := 1; k <= m/2; k++ {
		j := m - k
		a := (*[2]float32)(z[2*t.order[k]:])
		b := (*[2]float32)(z[2*t.order[j]:])
		w := (*[2]float32)(t.split[2*k:])
		er, ei := 0.5*(a[0]+b[0]), 0.5*(a[1]-b[1])
		or, oi := 0.5*(a[1]+b[1]), 0.5*(b[0]-a[0])
		tr, ti := or*w[0]-oi*w[1], or*w[1]+oi*w[0]
		re[k], im[k] = er+tr, ei+ti
		re[j], im[j] = er-tr, ti-ei
	}
}

// toComplex undoes toReal, and scales for the whole way back.
//
//go:norace
func (t *Transform) toComplex(re, im, z []float32) {
	m := t.n / 2
	re, im = re[:m+1], im[:m+1]
	half := 0.5 / float32(m)
	z[0], z[1] = half*(re[0]+re[m]), half*(re[0]-re[m])
	for k := 1; k <= m/2; k++ {
		j := m - k
		w := (*[2]float32)(t.split[2*k:])
		er, ei := half*(re[k]+re[j]), half*(im[k]-im[j])
		tr, ti := half*(re[k]-re[j]), half*(im[k]+im[j])
		or, oi := tr*w[0]+ti*w[1], ti*w[0]-tr*w[1]
		b := (*[2]float32)(z[2*t.order[j]:])
		b[0], b[1] = er+oi, or-ei
		a := (*[2]float32)(z[2*t.order[k]:])
		a[0], a[1] = er-oi, ei+or
	}
}
