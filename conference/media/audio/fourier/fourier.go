// Package fourier turns blocks of sound into spectra and back.
//
// A Transform is the discrete Fourier transform of a block of real samples whose number is a power of two:
// Forward gives the bins 0 to n/2, Inverse makes the samples of them again. Nothing is allocated after New.
//
// The block is taken as n/2 complex numbers, even samples real and odd ones imaginary, which makes half the
// work of a complex transform of n. Those run in place through stages in radix 4 and a last one in radix 4 or
// 8 (Cooley and Tukey 1965, decimation in frequency). That leaves the result in another order, which is looked
// up where the bins of the real block are made of it: nothing is moved for its own sake. Inverse goes the
// same way back, stage by stage.
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
	n      int     // samples of a block
	stages []stage // all but the last, in the order of Forward
	eight  bool    // radix of the last stage, else 4
	pairs  []pair  // bins k and n/2-k of the complex transform, k from 1 to n/4

	work []float32 // n: complex numbers between the stages, real and imaginary parts in turn
}

// pair is where two bins lie that belong together, and how they become bins of the real block.
type pair struct {
	at, opposite int     // in work, of the real part
	re, im       float32 // exp(-2 pi i k / n)
}

// New makes the transform of blocks of n samples. It panics unless n is a power of two and at least 8.
func New(n int) *Transform {
	if n < minLength || n&(n-1) != 0 {
		panic(fmt.Sprintf("fourier: length %d is not a power of two of at least %d", n, minLength))
	}
	t := &Transform{n: n, work: make([]float32, n)}
	m := n / 2
	twos := bits.Len(uint(m)) - 1
	t.eight = twos%2 == 1
	for s := range (twos - 2) / 2 {
		t.stages = append(t.stages, newStage(m>>(2*s)))
	}
	places := order(m, twos)
	for k := 1; k <= m/2; k++ {
		p := pair{at: 2 * places[k], opposite: 2 * places[m-k]}
		p.re, p.im = root(k, n)
		t.pairs = append(t.pairs, p)
	}
	return t
}

// newStage makes the one that splits transforms of m numbers.
func newStage(m int) stage {
	var s stage
	for k := range m / 4 {
		for times, factors := range []*[]float32{&s.second, &s.third, &s.fourth} {
			re, im := root((times+1)*k, m)
			*factors = append(*factors, re, im)
		}
	}
	return s
}

// order tells for each bin of a complex transform of m = 2^twos where the stages leave it: its digits in
// base 4, the highest perhaps in base 8, read backwards.
func order(m, twos int) []int {
	all := make([]int, m)
	for k := range all {
		rest, at := k, 0
		for range (twos - 2) / 2 {
			at, rest = at<<2|rest&3, rest>>2
		}
		all[k] = at<<(2+twos%2) | rest
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
	copy(t.work, x[:t.n])
	for i := range t.stages {
		t.stages[i].divide(t.work)
	}
	if t.eight {
		divide8(t.work)
	} else {
		divide4(t.work)
	}
	t.toReal(t.work, re, im)
}

// Inverse undoes Forward: it takes the bins 0 to n/2 and puts n samples into x, which shares no memory with
// re and im. The imaginary parts of the first and the last bin count as zero. re and im are not changed.
func (t *Transform) Inverse(re, im, x []float32) {
	x = x[:t.n]
	t.toComplex(re, im, x)
	if t.eight {
		combine8(x)
	} else {
		combine4(x)
	}
	for i := len(t.stages) - 1; i >= 0; i-- {
		t.stages[i].combine(x)
	}
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
	for i := range t.pairs {
		p := &t.pairs[i]
		k, j := i+1, m-i-1
		a, b := (*[2]float32)(z[p.at:]), (*[2]float32)(z[p.opposite:])
		er, ei := 0.5*(a[0]+b[0]), 0.5*(a[1]-b[1])
		or, oi := 0.5*(a[1]+b[1]), 0.5*(b[0]-a[0])
		tr, ti := or*p.re-oi*p.im, or*p.im+oi*p.re
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
	for i := range t.pairs {
		p := &t.pairs[i]
		k, j := i+1, m-i-1
		er, ei := half*(re[k]+re[j]), half*(im[k]-im[j])
		tr, ti := half*(re[k]-re[j]), half*(im[k]+im[j])
		or, oi := tr*p.re+ti*p.im, ti*p.re-tr*p.im
		b := (*[2]float32)(z[p.opposite:])
		b[0], b[1] = er+oi, or-ei
		a := (*[2]float32)(z[p.at:]) // in the middle the same as b
		a[0], a[1] = er-oi, ei+or
	}
}
