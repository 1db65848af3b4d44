package pattern

import (
	"cmp"
	"image"
	"math"
	"slices"
	"time"
)

// What a timing row must look like to be one.
const (
	edges     = columns + 1 // the runs of a timing row lie between these
	minBlock  = 2.5         // pixels; below, scaling has eaten the blocks
	maxJitter = 0.3         // of a block, by which an edge may be off its place
	maxBands  = 1000        // of a picture; beyond, it is one of stripes, and not ours
)

// thresholds between light and dark, in levels: the middle first, then for dimmed and bright tiles.
var thresholds = [...]byte{128, 80, 176}

// find finds all codes, from the top down.
func (p plane) find() []Found {
	now := time.Now()
	var found []Found
	for _, threshold := range thresholds {
		bands := p.bands(threshold)
		for i, upper := range bands {
			for _, lower := range bands[i+1:] {
				if g, ok := upper.with(lower); ok {
					found = p.add(found, g, now)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Rect.Min.Y, b.Rect.Min.Y), cmp.Compare(a.Rect.Min.X, b.Rect.Min.X))
	})
	return found
}

// add appends the code at g, if there is one that was not found yet.
func (p plane) add(found []Found, g grid, now time.Time) []Found {
	r := image.Rect(round(g.x), round(g.y), round(g.x+columns*g.width), round(g.y+rows*g.height))
	for _, f := range found {
		if f.Rect.Overlaps(r) {
			return found
		}
	}
	if c, ok := p.read(g, now); ok {
		found = append(found, Found{Code: c, Rect: r})
	}
	return found
}

// band is a stack of lines that all look like the same timing row.
type band struct {
	x, width    float64 // left edge and width of a block, means
	first, last int     // lines
	n           float64 // lines that matched
}

// bands are the timing rows seen at a threshold, from the top down.
func (p plane) bands(threshold byte) []band {
	var all []band
	var crossings []float64
	var open []int // indexes of bands that may still grow
	for y := range p.height {
		line := p.pix[y*p.stride:][:p.width]
		crossings = crossingsOf(crossings[:0], line, threshold)
		// Crossings alternate. They start with one into the dark, unless the line starts dark.
		start := 0
		if line[0] < threshold {
			start = 1
		}
		open = slices.DeleteFunc(open, func(i int) bool {
			return float64(y-all[i].last) > max(2, all[i].width/3)
		})
		for i := start; i+edges <= len(crossings); i += 2 {
			x, width, ok := evenRuns(crossings[i : i+edges])
			if !ok {
				continue
			}
			k := slices.IndexFunc(open, func(k int) bool { return all[k].fits(x, width) })
			if k < 0 && len(all) == maxBands {
				return all
			}
			if k < 0 {
				open = append(open, len(all))
				all = append(all, band{x: x, width: width, first: y, last: y, n: 1})
				continue
			}
			all[open[k]].grow(x, width, y)
		}
	}
	return all
}

func (b *band) fits(x, width float64) bool {
	return math.Abs(x-b.x) < width/2 && math.Abs(width-b.width) < width/10
}

func (b *band) grow(x, width float64, y int) {
	b.n++
	b.x += (x - b.x) / b.n
	b.width += (width - b.width) / b.n
	b.last = y
}

// with is the grid between two timing rows, if they can belong to one code.
func (b *band) with(lower band) (grid, bool) {
	if !b.fits(lower.x, lower.width) {
		return grid{}, false
	}
	top, bottom := float64(b.first+b.last+1)/2, float64(lower.first+lower.last+1)/2
	height := (bottom - top) / (rows - 1)
	if height < minBlock || height > 2*b.width || b.width > 2*height {
		return grid{}, false
	}
	return grid{
		x: (b.x + lower.x) / 2, y: top - height/2,
		width: (b.width + lower.width) / 2, height: height,
	}, true
}

// crossingsOf appends where a line passes the threshold, to fractions of a pixel, from its left edge.
func crossingsOf(dst []float64, line []byte, threshold byte) []float64 {
	for x := 1; x < len(line); x++ {
		a, b := line[x-1], line[x]
		if (a < threshold) != (b < threshold) {
			t := (float64(threshold) - float64(a)) / (float64(b) - float64(a))
			dst = append(dst, float64(x)-0.5+t)
		}
	}
	return dst
}

// evenRuns tells whether edges are evenly spaced, and fits first edge and spacing by least squares.
func evenRuns(at []float64) (x, width float64, ok bool) {
	const n = edges
	rough := (at[n-1] - at[0]) / (n - 1)
	if rough < minBlock {
		return 0, 0, false
	}
	var sum, moment float64
	for i, v := range at {
		if math.Abs(v-at[0]-float64(i)*rough) > maxJitter*rough {
			return 0, 0, false
		}
		sum += v
		moment += (float64(i) - (n-1)/2.0) * v
	}
	width = moment * 12 / (n * (n*n - 1))
	return sum/n - width*(n-1)/2, width, true
}
