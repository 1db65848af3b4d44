package pattern

import (
	"hash/fnv"
	"math"
)

// colour is a colour in BT.601, limited range.
type colour struct{ y, u, v byte }

// SourceOf is the identity that a label has in the code: a hash, so two labels share one with a
// probability of 1/256.
func SourceOf(label string) uint8 {
	h := fnv.New32a()
	h.Write([]byte(label))
	s := h.Sum32()
	return uint8(s ^ s>>8 ^ s>>16 ^ s>>24)
}

// sourceHue is the hue of a source in degrees, with neighbours far apart (the golden angle).
func sourceHue(source uint8) float64 { return math.Mod(float64(source)*137.508, 360) }

// hsl is the colour of a hue in degrees, a saturation and a lightness, both from 0 to 1.
func hsl(hue, saturation, lightness float64) colour {
	channel := func(n float64) float64 {
		k := math.Mod(n+hue/30, 12)
		return lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
	}
	r, g, b := channel(0), channel(8), channel(4)
	// ITU-R BT.601 section 3, from 0..1 to 16..235 and 16..240.
	return colour{
		y: byte(math.Round(16 + 65.481*r + 128.553*g + 24.966*b)),
		u: byte(math.Round(128 - 37.797*r - 74.203*g + 112*b)),
		v: byte(math.Round(128 + 112*r - 93.786*g - 18.214*b)),
	}
}

// mix is a at t = 0 and b at t = 1.
func mix(a, b byte, t float64) byte { return byte(float64(a) + (float64(b)-float64(a))*t + 0.5) }
