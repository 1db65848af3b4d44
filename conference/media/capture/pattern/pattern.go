// Package pattern draws test pictures that are meant to be measured, and reads them back.
//
// A test picture is a moving figure over a moving gradient ([Painter]), or a page of text that is being
// written ([Page]), with a block code in its upper middle: a frame number, the instant of drawing and
// the identity of its source ([Code]). The code is made of luma blocks of a fortieth of the picture's
// width, so that it survives VP8 at 320x180, scaling, conversion to RGBA, cropping at the edges and a
// name plate in a corner.
//
//	light margin, one block
//	┌─────────────────┐
//	│█ █ █ █ █ █ █ █ █│  timing row: 9 dark and 8 light blocks, found by its even runs
//	│ 6 rows of 17    │  6 bits of marker, then source, frame, clock and CRC-16, whitened
//	│█ █ █ █ █ █ █ █ █│  timing row again: together they give place and scale on both axes
//	└─────────────────┘
//
// [ReadCode] reads a decoded frame, [ReadCodeRGBA] one tile of a screenshot, [FindCodes] all codes of a
// screenshot. A receiver on the same machine gets its latency as time.Since(code.At).
package pattern

import (
	"math"
	"time"

	"confab/conference/media"
)

// Painter draws the picture of a test camera: head and shoulders that sway over a gradient that drifts,
// in a colour of the source's own. It is used by one goroutine at a time.
type Painter struct {
	width, height int
	source        uint8
	step          int    // pixels the gradient drifts a picture; even, so that chroma follows exactly
	y, u, v       []byte // two picture widths a row: the gradient has a period of one
	skin, shirt   colour
}

// NewPainter prepares pictures of the given size in pixels (at least 160x90, so that the blocks of the
// code have 4 pixels) for the source that label names.
func NewPainter(width, height int, label string) *Painter {
	source := SourceOf(label)
	hue := sourceHue(source)
	p := &Painter{
		width: width, height: height, source: source,
		step:  max(2, width/320&^1),
		skin:  hsl(25, 0.55, 0.62+0.14*float64(source%5)/4),
		shirt: hsl(hue+150, 0.25, 0.68),
	}
	p.background(hue)
	return p
}

// background fills the planes of the gradient: a soft diagonal wave that darkens downwards.
func (p *Painter) background(hue float64) {
	w, h := p.width, p.height
	cw, ch := (w+1)/2, (h+1)/2
	p.y, p.u, p.v = make([]byte, 2*w*h), make([]byte, 2*cw*ch), make([]byte, 2*cw*ch)
	dark, light := hsl(hue, 0.35, 0.22), hsl(hue, 0.35, 0.60)
	slope(p.y, w, h, dark.y, light.y)
	slope(p.u, cw, ch, dark.u, light.u)
	slope(p.v, cw, ch, dark.v, light.v)
}

// slope fills a plane, two widths a row, with one period of a wave between two levels.
func slope(plane []byte, width, height int, dark, light byte) {
	wave := make([]float64, width)
	for x := range wave {
		wave[x] = 0.5 + 0.5*math.Cos(2*math.Pi*float64(x)/float64(width))
	}
	for y := range height {
		down := 0.35 * float64(y) / float64(height)
		row, at := plane[2*width*y:][:2*width], int(down*float64(width))
		for x := range width {
			row[x] = mix(dark, light, wave[(x+at)%width]*(1-down))
		}
		copy(row[width:], row[:width])
	}
}

// Draw draws the picture with the given number as of the instant at into f, whose size must be the
// painter's. It allocates nothing.
func (p *Painter) Draw(f *media.VideoFrame, number uint32, at time.Time) {
	shift := int(number%uint32(p.width)) * p.step % p.width &^ 1
	w, cw := p.width, (p.width+1)/2
	for y := range p.height {
		copy(f.Y[y*f.StrideY:][:w], p.y[2*w*y+shift:])
	}
	for y := range (p.height + 1) / 2 {
		copy(f.U[y*f.StrideUV:][:cw], p.u[2*cw*y+shift/2:])
		copy(f.V[y*f.StrideUV:][:cw], p.v[2*cw*y+shift/2:])
	}
	p.figure(f, number)
	DrawCode(f, Code{Frame: number, At: at, Source: p.source})
	f.Captured = at
}

// figure draws shoulders and head; they sway once in 90 pictures, the head nods a little faster.
func (p *Painter) figure(f *media.VideoFrame, number uint32) {
	b := blockSize(p.width, p.height)
	sway := 1.2 * b * math.Sin(2*math.Pi*float64(number%90)/90)
	nod := 0.4 * b * math.Sin(2*math.Pi*float64(number%37)/37)
	middle, floor := float64(p.width)/2, float64(p.height)
	top := floor - 4.2*b
	fillRows(f, p.shirt, int(top), p.height, func(y float64) (float64, float64) {
		d := (floor - y) / (floor - top)
		half := 6 * b * math.Sqrt(max(0, 1-d*d))
		return middle + 0.6*sway - half, middle + 0.6*sway + half
	})
	centre, radius := top-2.6*b+nod, 3.1*b
	fillRows(f, p.skin, int(centre-radius), int(centre+radius)+1, func(y float64) (float64, float64) {
		d := (y - centre) / radius
		half := 2.5 * b * math.Sqrt(max(0, 1-d*d))
		return middle + sway - half, middle + sway + half
	})
}

// fillRows fills in every row from top to bottom what lies between the two edges that span gives for
// the row's middle, with edges softened by how much of their pixel is covered.
func fillRows(f *media.VideoFrame, c colour, top, bottom int, span func(y float64) (left, right float64)) {
	for y := max(top, 0); y < min(bottom, f.Height); y++ {
		left, right := span(float64(y) + 0.5)
		left, right = max(left, 1), min(right, float64(f.Width-2))
		if right-left < 2 {
			continue
		}
		l, r := int(left), int(right)
		row := f.Y[y*f.StrideY:][:f.Width]
		row[l] = mix(row[l], c.y, 1-(left-float64(l)))
		row[r] = mix(row[r], c.y, right-float64(r))
		fill(row[l+1:r], c.y)
		if y%2 == 0 {
			fill(f.U[y/2*f.StrideUV:][(l+1)/2:(r+1)/2], c.u)
			fill(f.V[y/2*f.StrideUV:][(l+1)/2:(r+1)/2], c.v)
		}
	}
}

// fill sets all of b, by doubling: copying is three times as fast as a loop over bytes.
func fill(b []byte, v byte) {
	if len(b) == 0 {
		return
	}
	b[0] = v
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}
