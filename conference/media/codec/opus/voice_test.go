//go:build cgo

package opus_test

import (
	"math"
	"slices"
	"sync"
	"testing"

	"confab/conference/media/codec/opus"
)

// voice is n samples, 4 s at most, of something like a voice: harmonics of a gliding pitch, in syllables.
func voice(n int) []int16 { return slices.Clone(fourSeconds()[:n]) }

var fourSeconds = sync.OnceValue(func() []int16 {
	pcm := make([]int16, 4*48000)
	var gains [19]float64
	for h := range gains {
		gains[h] = 1/(1+math.Pow((float64(h)-4)/3, 2)) + 0.4/(1+math.Pow((float64(h)-12)/2, 2))
	}
	phase := 0.0
	for i := range pcm {
		t := float64(i) / 48000
		phase += 2 * math.Pi * (130 + 25*math.Sin(2*math.Pi*0.7*t)) / 48000
		var s float64
		for h := 1; h < len(gains); h++ {
			s += gains[h] * math.Sin(float64(h)*phase+float64(h*h))
		}
		syllable := 0.6 + 0.4*math.Sin(2*math.Pi*3.1*t)
		pcm[i] = int16(3000 * s * syllable)
	}
	return pcm
})

// encoderDelay is how much later sound leaves the decoder than it entered the encoder: 6.5 ms.
const encoderDelay = 312

// snr compares got with want, in dB, at the delay that fits best, up to 10 samples below limit.
func snr(want, got []int16, limit int) float64 {
	best := math.Inf(-1)
	for lag := max(0, limit-10); lag <= limit; lag++ {
		var signal, noise float64
		for i := 4800; i+lag < len(got); i++ {
			w, d := float64(want[i]), float64(want[i])-float64(got[i+lag])
			signal += w * w
			noise += d * d
		}
		best = max(best, 10*math.Log10(signal/max(noise, 1e-9)))
	}
	return best
}

func newEncoder(t testing.TB, o opus.EncoderOptions) *opus.Encoder {
	t.Helper()
	e, err := opus.NewEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func newDecoder(t testing.TB) *opus.Decoder {
	t.Helper()
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// encodeAll encodes pcm packet by packet.
func encodeAll(t testing.TB, e *opus.Encoder, pcm []int16) [][]byte {
	t.Helper()
	var packets [][]byte
	for ; len(pcm) >= opus.PacketSamples; pcm = pcm[opus.PacketSamples:] {
		packet, err := e.Encode(nil, pcm[:opus.PacketSamples])
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, packet)
	}
	return packets
}
