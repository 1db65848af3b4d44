package capture

import (
	"context"
	"math"
	"math/cmplx"
	"sync"
	"time"

	"confab/conference/media"
)

// The chirp: a sweep that matched filtering finds to the sample, in a band that every codec keeps.
const (
	ChirpDuration = 100 * time.Millisecond
	ChirpSamples  = 4800 // at 48 kHz

	chirpFrom      = 500.0             // Hz
	chirpTo        = 3000.0            // Hz
	chirpAmplitude = 0.251 * 32767     // -12 dBFS
	chirpFade      = ChirpSamples / 20 // 5 ms at each end, so that it does not click
	chirpScore     = 0.4               // correlation above which a chirp was heard
)

// Chirp is the chirp as NewChirp plays it, ChirpSamples at 48 kHz. The slice is the caller's.
func Chirp() []int16 {
	out := make([]int16, ChirpSamples)
	for i := range out {
		t := float64(i) / media.SampleRate
		rise := (chirpTo - chirpFrom) / ChirpDuration.Seconds()
		phase := 2 * math.Pi * (chirpFrom*t + rise*t*t/2)
		fade := min(1, float64(i)/chirpFade, float64(ChirpSamples-1-i)/chirpFade)
		out[i] = int16(chirpAmplitude * math.Sin(phase) * (0.5 - 0.5*math.Cos(math.Pi*fade)))
	}
	return out
}

// chirper plays a chirp at each full second of the wall clock, and silence between.
type chirper struct {
	pace  pace
	sound []int16
	closing
}

// NewChirp is a source that plays a chirp at each full second of the wall clock: a receiver on the same
// machine knows when each began, and so its latency. See FindChirp.
func NewChirp() AudioSource {
	return &chirper{pace: soundPace(), sound: Chirp(), closing: newClosing()}
}

// Measured implements Measured.
func (c *chirper) Measured() {}

// Read implements AudioSource.
func (c *chirper) Read(ctx context.Context) (media.AudioFrame, error) {
	_, at, err := c.pace.wait(ctx, c.done)
	if err != nil {
		return media.AudioFrame{}, err
	}
	f := media.AudioFrame{Captured: at}
	// The wall clock at this block's first sample, in samples; rounded, since blocks are 10 ms apart.
	since := (int64(at.Nanosecond())*media.SampleRate + int64(time.Second)/2) / int64(time.Second)
	for i := range f.Samples {
		if n := (since + int64(i)) % media.SampleRate; n < ChirpSamples {
			f.Samples[i] = c.sound[n]
		}
	}
	return f, nil
}

// Close implements AudioSource.
func (c *chirper) Close() error { return c.shut(nil) }

// FindChirp looks for a chirp in 48 kHz sound by matched filtering. offset is the sample at which the
// best match begins, score its correlation: 1 for the chirp alone at any loudness, under 0.1 for noise.
// ok tells that the score is one of a chirp that was heard.
func FindChirp(samples []int16) (offset int, score float64, ok bool) {
	if len(samples) < ChirpSamples {
		return 0, 0, false
	}
	size := 1
	for size < len(samples)+ChirpSamples {
		size *= 2
	}
	signal, template := make([]complex128, size), make([]complex128, size)
	energy := make([]float64, len(samples)+1) // of all samples before
	for i, s := range samples {
		signal[i] = complex(float64(s), 0)
		energy[i+1] = energy[i] + float64(s)*float64(s)
	}
	own := 0.0
	for i, s := range chirp() {
		template[i] = complex(float64(s), 0)
		own += float64(s) * float64(s)
	}
	fourier(signal, -1)
	fourier(template, -1)
	for i := range signal {
		signal[i] *= cmplx.Conj(template[i]) / complex(float64(size), 0)
	}
	fourier(signal, 1)
	for i := 0; i+ChirpSamples <= len(samples); i++ {
		// One unit of rms at least, so that rounding in silence is not a chirp.
		e := max(energy[i+ChirpSamples]-energy[i], ChirpSamples)
		if s := math.Abs(real(signal[i])) / math.Sqrt(e*own); s > score {
			offset, score = i, s
		}
	}
	return offset, score, score >= chirpScore
}

// chirp is the template of all searches.
var chirp = sync.OnceValue(Chirp)

// fourier is the discrete Fourier transform of a power of two of values in place, by Cooley and Tukey's
// radix 2. sign is -1 forth and 1 back; forth and back multiplies by the number of values.
func fourier(v []complex128, sign float64) {
	for i, j := 1, 0; i < len(v); i++ { // to the order of reversed bits
		bit := len(v) >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			v[i], v[j] = v[j], v[i]
		}
	}
	for size := 2; size <= len(v); size *= 2 {
		half := size / 2
		turns := make([]complex128, half)
		for i := range turns {
			turns[i] = cmplx.Rect(1, sign*2*math.Pi*float64(i)/float64(size))
		}
		for start := 0; start < len(v); start += size {
			low, high := v[start:start+half], v[start+half:start+size]
			for i, turn := range turns {
				a, b := low[i], high[i]*turn
				low[i], high[i] = a+b, a-b
			}
		}
	}
}
