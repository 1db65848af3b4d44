package echo_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"confab/conference/media/audio/fourier"
)

// The race detector does not watch what is arithmetic alone (go:norace): the rooms would take minutes.
const (
	sincHalf   = 32
	sincPhases = 1024
)

// sincTable reads between samples with an error of some -90 dB: it is the truth of the simulated rooms.
var sincTable = makeSincTable()

func makeSincTable() *[sincPhases + 1][2 * sincHalf]float32 {
	table := new([sincPhases + 1][2 * sincHalf]float32)
	const cutoff = 0.97
	for p := range table {
		for k := range table[p] {
			x := float64(k-sincHalf+1) - float64(p)/sincPhases
			v := cutoff
			if x != 0 {
				v = math.Sin(math.Pi*x*cutoff) / (math.Pi * x)
			}
			// Blackman and Harris: side lobes at -92 dB.
			a := math.Pi * (x/sincHalf + 1)
			w := 0.35875 - 0.48829*math.Cos(a) + 0.14128*math.Cos(2*a) - 0.01168*math.Cos(3*a)
			table[p][k] = float32(v * w)
		}
	}
	return table
}

// sample reads x at a place between its samples; outside of it is silence.
//
//go:norace
func sample(x []float32, at float64) float32 {
	first := int(math.Floor(at))
	if first < sincHalf || first+sincHalf >= len(x) {
		return 0
	}
	row := (at - float64(first)) * sincPhases
	p := int(row)
	low, high := &sincTable[p], &sincTable[min(p+1, sincPhases)]
	var a, b float32
	for k, v := range (*[2 * sincHalf]float32)(x[first-sincHalf+1:]) {
		a += v * low[k]
		b += v * high[k]
	}
	return a + float32(row-float64(p))*(b-a)
}

// place is a point of a room in metres.
type place [3]float64

var (
	roomSize   = place{4.3, 5.1, 2.6}
	speakerAt  = place{2.0, 1.2, 0.80}
	micAt      = place{2.25, 1.05, 0.95}
	talkerAt   = place{2.2, 1.65, 1.15}
	speakerNow = place{2.0, 1.26, 0.82} // after somebody has moved it
)

// response is the impulse response from a place of a room to another, by image sources (Allen and Berkley
// 1979), each a little off so that no flutter sounds. It begins sincHalf samples before the sound leaves.
//
//go:norace
func response(reverberation float64, from, to place, random *rand.Rand) []float32 {
	const soundSpeed = 343.0
	volume := roomSize[0] * roomSize[1] * roomSize[2]
	surface := 2 * (roomSize[0]*roomSize[1] + roomSize[1]*roomSize[2] + roomSize[0]*roomSize[2])
	reflection := math.Exp(-0.161 * volume / (surface * reverberation) / 2) // Eyring
	length := int(1.1 * reverberation * sampleRate)
	farthest := float64(length) / sampleRate * soundSpeed
	h := make([]float64, length+2*sincHalf)
	var most [3]int
	strength := []float64{1}
	for a := range most {
		most[a] = int(farthest/(2*roomSize[a])) + 1
	}
	for len(strength) < 4*(most[0]+most[1]+most[2])+12 {
		strength = append(strength, strength[len(strength)-1]*reflection)
	}
	for x := -most[0]; x <= most[0]; x++ {
		for y := -most[1]; y <= most[1]; y++ {
			for z := -most[2]; z <= most[2]; z++ {
				for mirror := range 8 {
					distance, bounces := image([3]int{x, y, z}, mirror, from, to)
					if bounces > 0 {
						distance += 0.04 * (random.Float64() - 0.5)
					}
					if distance < farthest {
						strike(h, distance/soundSpeed*sampleRate, strength[bounces]/distance)
					}
				}
			}
		}
	}
	return highPass(h)
}

// image is how far an image source is, and how many walls its sound has met.
//
//go:norace
func image(cell [3]int, mirror int, from, to place) (distance float64, bounces int) {
	square := 0.0
	for a, k := range cell {
		flip := mirror >> a & 1
		d := float64(2*k)*roomSize[a] + float64(1-2*flip)*from[a] - to[a]
		square += d * d
		bounces += max(k, -k) + max(k-flip, flip-k)
	}
	return math.Sqrt(square), bounces
}

// strike adds an impulse between the samples; a weak one less exactly.
//
//go:norace
func strike(h []float64, at, gain float64) {
	i := int(at)
	fraction := at - float64(i)
	if gain < 2e-3 {
		h[i+sincHalf] += gain * (1 - fraction)
		h[i+sincHalf+1] += gain * fraction
		return
	}
	for k, v := range sincTable[int(fraction*sincPhases)] {
		h[i+1+k] += gain * float64(v)
	}
}

// highPass is what a small loudspeaker and microphone do below 100 Hz.
//
//go:norace
func highPass(h []float64) []float32 {
	const pole = 0.987
	out := make([]float32, len(h))
	y, before := 0.0, 0.0
	for i, v := range h {
		y = pole * (y + v - before)
		before = v
		out[i] = float32(y)
	}
	return out
}

// loudspeaker bends the sound that it is driven with: the more, the more it saturates.
//
//go:norace
func loudspeaker(x []float32, drive float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		u := float64(v) * drive
		out[i] = float32((math.Tanh(u) + 0.02*u*u) / drive)
	}
	return out
}

// convolve is x through h, as long as x.
//
//go:norace
func convolve(x, h []float32) []float32 {
	const n = 1 << 16
	t := fourier.New(n)
	hr, hi := make([]float32, n/2+1), make([]float32, n/2+1)
	xr, xi := make([]float32, n/2+1), make([]float32, n/2+1)
	buffer, out := make([]float32, n), make([]float32, len(x)+n)
	copy(buffer, h)
	t.Forward(buffer, hr, hi)
	step := n - len(h)
	for from := 0; from < len(x); from += step {
		clear(buffer)
		copy(buffer, x[from:min(from+step, len(x))])
		t.Forward(buffer, xr, xi)
		for k := range xr {
			xr[k], xi[k] = xr[k]*hr[k]-xi[k]*hi[k], xr[k]*hi[k]+xi[k]*hr[k]
		}
		t.Inverse(xr, xi, buffer)
		for i, v := range buffer {
			out[from+i] += v
		}
	}
	return out[:len(x)]
}

func TestRoomsReverberateAsLongAsAsked(t *testing.T) {
	for _, want := range []float64{0.2, 0.5} {
		h := response(want, speakerAt, micAt, rand.New(rand.NewPCG(1, 1)))
		left := energy(h)
		whole := left
		var at [2]int // where 5 dB and 25 dB of the energy have gone
		for i, v := range h {
			left -= float64(v) * float64(v)
			for k, dB := range []float64{-5, -25} {
				if at[k] == 0 && left < whole*math.Pow(10, dB/10) {
					at[k] = i
				}
			}
		}
		got := 3 * float64(at[1]-at[0]) / sampleRate
		if got < 0.6*want || got > 1.6*want {
			t.Errorf("reverberation %.2f s, want about %.2f s", got, want)
		}
	}
}

func TestConvolutionIsTheSum(t *testing.T) {
	x, h := synthetic(70000, 1), []float32{0.5, 0, -0.25, 0.125}
	got := convolve(x, h)
	for _, i := range []int{10, 20000, 65534, 65536, 69999} {
		want := 0.5*x[i] - 0.25*x[i-2] + 0.125*x[i-3]
		if d := got[i] - want; d > 1e-6 || d < -1e-6 {
			t.Errorf("sample %d: %g, want %g", i, got[i], want)
		}
	}
	if slices.Max(got) == 0 {
		t.Error("silence")
	}
}
