package echo

import "confab/conference/media/audio/fourier"

const (
	hop          = 240 // samples the filter goes on at a time
	filterLength = 512 // its transform
	filterBins   = filterLength/2 + 1

	// directParts partitions of 5 ms model 240 ms of echo. The third power of what was played, which is
	// what a driven loudspeaker adds, needs the first 40 ms.
	directParts, cubicParts = 48, 8
	// A partition is constrained to its 5 ms only every so often: so many are at each hop.
	directTurns, cubicTurns = 6, 2

	// share is the part of the transform that carries new sound.
	share = float32(hop) / filterLength
)

// bins is one real or imaginary part of a spectrum, or a power.
type bins [filterBins]float32

// partition is 5 ms of an impulse response: its transfer function, and how unsure that is.
type partition struct{ re, im, doubt bins }

// spectrum is the transform of a stretch of the reference, and its power.
type spectrum struct{ re, im, power bins }

// channel is one way of the reference to the microphone.
type channel struct {
	parts   []partition
	spectra []spectrum // newest at head, older ones behind it, round
	head    int
	turn    int // the partition to be constrained next
	turns   int
	prior   float32 // doubt of the first partition when nothing is known
}

// push takes a new reference.
//
//go:norace
func (c *channel) push(t *fourier.Transform, window []float32) {
	c.head = (c.head + len(c.spectra) - 1) % len(c.spectra)
	s := &c.spectra[c.head]
	t.Forward(window, s.re[:], s.im[:])
	for i := range s.power {
		s.power[i] = s.re[i]*s.re[i] + s.im[i]*s.im[i]
	}
}

// aged is the reference of partition p.
func (c *channel) aged(p int) *spectrum {
	at := c.head + p
	if at >= len(c.spectra) {
		at -= len(c.spectra)
	}
	return &c.spectra[at]
}

// filter is the partitioned block frequency domain adaptive Kalman filter (Enzner and Vary 2006; Kuech,
// Mabande and Enzner 2014), with a second channel for the loudspeaker's distortion. It learns as fast as
// its own doubt and the noise permit, and the near talker is noise to it.
type filter struct {
	transform     *fourier.Transform
	direct, cubic channel

	saved       bool
	savedDirect []partition // as it was when last it was good
	savedCubic  []partition

	sumRe, sumIm     bins // the echo
	errorRe, errorIm bins
	noise            bins // power of the error, smoothed
	scale            bins // one over what is expected of the error
	scratch          [filterLength]float32
}

func newFilter() *filter {
	f := &filter{
		transform: fourier.New(filterLength),
		direct:    newChannel(directParts, directTurns, 0.5),
		cubic:     newChannel(cubicParts, cubicTurns, 0.05),

		savedDirect: make([]partition, directParts), savedCubic: make([]partition, cubicParts),
	}
	f.doubt()
	return f
}

func newChannel(parts, turns int, prior float32) channel {
	return channel{
		parts: make([]partition, parts), spectra: make([]spectrum, parts), turns: turns, prior: prior,
	}
}

// doubt makes the filter as unsure as if it had learnt nothing, and keeps what it knows. Echoes die away:
// later partitions are expected to be small.
//
//go:norace
func (f *filter) doubt() {
	for _, c := range []*channel{&f.direct, &f.cubic} {
		prior := c.prior
		for p := range c.parts {
			d := &c.parts[p].doubt
			for i := range d {
				d[i] = max(d[i], prior)
			}
			prior *= 0.85
		}
	}
}

// save keeps what the filter knows, beside it.
func (f *filter) save() {
	copy(f.savedDirect, f.direct.parts)
	copy(f.savedCubic, f.cubic.parts)
	f.saved = true
}

// swap exchanges what the filter knows for what was saved.
func (f *filter) swap() {
	f.direct.parts, f.savedDirect = f.savedDirect, f.direct.parts
	f.cubic.parts, f.savedCubic = f.savedCubic, f.cubic.parts
}

// forget makes the filter know nothing.
func (f *filter) forget() {
	clear(f.direct.parts)
	clear(f.cubic.parts)
	f.doubt()
}

// rewind takes the newest references back, to push them anew.
func (f *filter) rewind(hops int) {
	f.direct.head = (f.direct.head + hops) % directParts
	f.cubic.head = (f.cubic.head + hops) % cubicParts
}

// push takes the newest filterLength samples of the reference, hop of them new.
//
//go:norace
func (f *filter) push(window []float32) {
	f.direct.push(f.transform, window)
	for i, v := range window {
		v *= 4 // speech is small: so its third power has a like size
		f.scratch[i] = v * v * v
	}
	f.cubic.push(f.transform, f.scratch[:])
}

// estimate fills y with the echo, hop samples.
//
//go:norace
func (f *filter) estimate(y []float32) {
	clear(f.sumRe[:])
	clear(f.sumIm[:])
	for _, c := range []*channel{&f.direct, &f.cubic} {
		for p := range c.parts {
			addProduct(&f.sumRe, &f.sumIm, c.aged(p), &c.parts[p])
		}
	}
	f.transform.Inverse(f.sumRe[:], f.sumIm[:], f.scratch[:])
	copy(y, f.scratch[filterLength-hop:])
}

//go:norace
func addProduct(re, im *bins, x *spectrum, w *partition) {
	for i := range re {
		xr, xi, wr, wi := x.re[i], x.im[i], w.re[i], w.im[i]
		re[i] += xr*wr - xi*wi
		im[i] += xr*wi + xi*wr
	}
}

// learn adapts to the error, hop samples, of the last estimate. memory, a little below 1, is how much of
// the echo path is expected to be the same a hop later.
func (f *filter) learn(e []float32, memory float32) {
	clear(f.scratch[:filterLength-hop])
	copy(f.scratch[filterLength-hop:], e)
	f.transform.Forward(f.scratch[:], f.errorRe[:], f.errorIm[:])
	f.expect()
	for _, c := range []*channel{&f.direct, &f.cubic} {
		for p := range c.parts {
			c.parts[p].correct(c.aged(p), f, memory)
		}
		for range c.turns {
			f.constrain(&c.parts[c.turn])
			c.turn = (c.turn + 1) % len(c.parts)
		}
	}
}

// expect sets scale by the filter's doubt and the noise.
//
//go:norace
func (f *filter) expect() {
	const smooth = 0.8
	sum := &f.scale
	clear(sum[:])
	for _, c := range []*channel{&f.direct, &f.cubic} {
		for p := range c.parts {
			x, d := &c.aged(p).power, &c.parts[p].doubt
			for i := range sum {
				sum[i] += x[i] * d[i]
			}
		}
	}
	for i := range sum {
		now := f.errorRe[i]*f.errorRe[i] + f.errorIm[i]*f.errorIm[i]
		f.noise[i] = smooth*f.noise[i] + (1-smooth)*now + 1e-12
		sum[i] = 1 / (share*sum[i] + f.noise[i] + 1e-7)
	}
}

// correct is the Kalman filter's step of one partition.
//
//go:norace
func (w *partition) correct(x *spectrum, f *filter, memory float32) {
	kept := memory * memory
	for i := range w.re {
		doubt, xr, xi := w.doubt[i], x.re[i], x.im[i]
		er, ei := f.errorRe[i], f.errorIm[i]
		gain := doubt * f.scale[i]
		re := memory * (w.re[i] + gain*(er*xr+ei*xi))
		im := memory * (w.im[i] + gain*(ei*xr-er*xi))
		w.re[i], w.im[i] = re, im
		w.doubt[i] = kept*(1-share*gain*x.power[i])*doubt + (1-kept)*(re*re+im*im) + 1e-9
	}
}

// constrain cuts what a partition holds beyond its 5 ms: it is there by the transform's wrapping round.
//
//go:norace
func (f *filter) constrain(w *partition) {
	f.transform.Inverse(w.re[:], w.im[:], f.scratch[:])
	clear(f.scratch[hop:])
	f.transform.Forward(f.scratch[:], w.re[:], w.im[:])
}
