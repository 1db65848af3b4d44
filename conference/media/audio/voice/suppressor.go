package voice

import "math"

// Suppressor takes noise that lasts out of a microphone's sound, by up to 18 dB, and leaves speech.
//
// It needs a spectrum of 20 ms each 10 ms. When an echo canceller runs, the spectrum is the canceller's
// and [Suppressor.Shape] adds no delay; else [Suppressor.Process] makes one. Either is called once a
// block, never both for the same block. It knows a steady noise after 0.3 s, and one that grew after 3 s.
type Suppressor struct {
	off bool

	power    [Bins]float32
	noise    noise
	spoken   [Bins]float32 // speech over noise in the last frame: gain squared times power
	prior    [Bins]float32
	smooth   [Bins]float32 // prior over time
	sums     [Bins + 1]float64
	presence [Bins]float32
	gain     [Bins]float32
	heard    heard
	own      ownFrame
}

// NewSuppressor makes one that knows no noise yet.
func NewSuppressor() *Suppressor { return &Suppressor{heard: nothing, own: newOwnFrame()} }

// SetActive switches the suppressor; it starts active. Switched off, it leaves the sound as it is but goes
// on listening: the detector needs what it knows, and it works at once when switched on. A change fades
// over one block.
func (s *Suppressor) SetActive(active bool) { s.off = !active }

// Process takes a block and gives one that is 10 ms late. in and out hold BlockLength samples and may be
// the same.
func (s *Suppressor) Process(in, out []float32) {
	re, im := s.own.analyse(in)
	s.Shape(re, im)
	s.own.synthesise(out)
}

// Shape multiplies the gains onto the spectrum of the next frame: Bins bins, real and imaginary, of
// FrameLength samples under a root-Hann window, a block after the last one, transformed without scaling.
// A spectrum with a value that is not finite is silenced and changes nothing else.
func (s *Suppressor) Shape(re, im []float32) {
	re, im = re[:Bins], im[:Bins]
	total := float32(0)
	for k, v := range re {
		s.power[k] = v*v + im[k]*im[k] + leastNoise
		total += s.power[k]
	}
	if !(total < math.MaxFloat32) {
		clear(re)
		clear(im)
		total = 0
	}
	if total < Bins*silentBin {
		// A device that gives zeros says nothing of the noise of its room.
		s.heard = nothing
		clear(s.spoken[:])
		return
	}
	s.noise.add(&s.power, &s.spoken)
	s.weigh()
	s.heard = s.describe()
	if s.off {
		return
	}
	for k, g := range &s.gain {
		re[k] *= g
		im[k] *= g
	}
	re[0], im[0], re[Bins-1], im[Bins-1] = 0, 0, 0, 0
}

// silentBin is the power of a bin below which a frame is digital silence: 25 dB below the noise of rounding
// to 16 bits.
const silentBin = 1e-10

// weigh finds the gain of each bin, and how likely speech is in it.
func (s *Suppressor) weigh() {
	for k, over := range &s.noise.over {
		s.prior[k] = priorOf(s.spoken[k], over)
		s.smooth[k] += smoothPrior * (s.prior[k] - s.smooth[k])
		s.sums[k+1] = s.sums[k] + float64(s.smooth[k])
	}
	whole := likely(s.mean(speechLow, speechHigh))
	floor := log2(floorGain)
	for k, prior := range &s.prior {
		over := s.noise.over[k]
		v := over * prior / (1 + prior)
		g := spectralGain(prior, v)
		amplitude := exp2(g)
		s.spoken[k] = amplitude * amplitude * over
		p := presence(min(1-whole*s.around(k), mostAbsent), prior, v)
		s.presence[k] = p
		s.gain[k] = max(exp2(p*g+(1-p)*floor), floorGain)
	}
}

// around is how likely speech is in bin k by its neighbours, near and far.
func (s *Suppressor) around(k int) float32 {
	near := likely(s.mean(k-localReach, k+localReach+1))
	if near == 0 {
		return 0
	}
	return near * likely(s.mean(k-globalReach, k+globalReach+1))
}

// mean of the smoothed priors from a bin to before another, as far as there are any.
func (s *Suppressor) mean(from, to int) float32 {
	from, to = max(from, 0), min(to, Bins)
	return float32(s.sums[to]-s.sums[from]) / float32(to-from)
}
