package pattern

import (
	"image"
	"slices"
	"time"

	"confab/conference/media"
)

// minContrast is the least difference between light and dark blocks that counts as a code, in levels.
const minContrast = 40

// ReadCode reads the code of a decoded picture, scaled, distorted or cropped as it may be. It answers
// false if there is none, or if it is damaged; to look for one takes 5 ms at 1280x720. It borrows f.
func ReadCode(f *media.VideoFrame) (Code, bool) {
	if c, ok := ReadCodeInPlace(f); ok {
		return c, true
	}
	return first(planeOf(f).find())
}

// ReadCodeInPlace reads the code of a decoded picture that was scaled at most, as those of a call are.
// It takes some 10 us whatever the picture is, so a receiver may ask for every one. It borrows f.
func ReadCodeInPlace(f *media.VideoFrame) (Code, bool) {
	return planeOf(f).read(place(f.Width, f.Height), time.Now())
}

func planeOf(f *media.VideoFrame) plane {
	return plane{pix: f.Y, stride: f.StrideY, width: f.Width, height: f.Height}
}

// ReadCodeRGBA reads the code within area of a screenshot, such as one tile. It answers false if there
// is none.
func ReadCodeRGBA(img image.Image, area image.Rectangle) (Code, bool) {
	area = area.Intersect(img.Bounds())
	if area.Empty() {
		return Code{}, false
	}
	return first(lumaOf(img, area).find())
}

// Found is a code and its place in a picture.
type Found struct {
	Code
	Rect image.Rectangle // of the blocks, without margin; the picture around is some 2.4 times as wide
}

// FindCodes finds all codes in a screenshot, from the top down. Blocks must have 3 pixels or more, that
// is, tiles 120 pixels or more in width.
func FindCodes(img image.Image) []Found {
	if img.Bounds().Empty() {
		return nil
	}
	found := lumaOf(img, img.Bounds()).find()
	for i := range found {
		found[i].Rect = found[i].Rect.Add(img.Bounds().Min)
	}
	return found
}

func first(found []Found) (Code, bool) {
	if len(found) == 0 {
		return Code{}, false
	}
	return found[0].Code, true
}

// plane is a picture's brightness, one byte a pixel.
type plane struct {
	pix                   []byte
	stride, width, height int
}

// lumaOf is the brightness of a part of a picture, BT.601 weights.
func lumaOf(img image.Image, area image.Rectangle) plane {
	p := plane{stride: area.Dx(), width: area.Dx(), height: area.Dy()}
	p.pix = make([]byte, p.width*p.height)
	row := func(y int) []byte { return p.pix[y*p.stride:][:p.width] }
	weigh := func(r, g, b uint32) byte { return byte((77*r + 150*g + 29*b) >> 8) }
	switch img := img.(type) {
	case *image.RGBA:
		for y := range p.height {
			from := img.Pix[img.PixOffset(area.Min.X, area.Min.Y+y):]
			for x := range row(y) {
				row(y)[x] = weigh(uint32(from[4*x]), uint32(from[4*x+1]), uint32(from[4*x+2]))
			}
		}
	case *image.NRGBA:
		for y := range p.height {
			from := img.Pix[img.PixOffset(area.Min.X, area.Min.Y+y):]
			for x := range row(y) {
				row(y)[x] = weigh(uint32(from[4*x]), uint32(from[4*x+1]), uint32(from[4*x+2]))
			}
		}
	default:
		for y := range p.height {
			for x := range row(y) {
				r, g, b, _ := img.At(area.Min.X+x, area.Min.Y+y).RGBA()
				row(y)[x] = weigh(r>>8, g>>8, b>>8)
			}
		}
	}
	return p
}

// read reads the code that lies at g.
func (p plane) read(g grid, now time.Time) (Code, bool) {
	if g.x < -g.width/2 || g.y < -g.height/2 ||
		g.x+(columns-0.5)*g.width > float64(p.width) || g.y+(rows-0.5)*g.height > float64(p.height) {
		return Code{}, false
	}
	var level [2]float64 // mean of light and dark timing blocks
	for column := range columns {
		sum := p.block(g, column, 0) + p.block(g, column, rows-1)
		if timing(column) {
			level[1] += sum / (2 * (columns + 1) / 2)
		} else {
			level[0] += sum / (2 * (columns - 1) / 2)
		}
	}
	if level[0]-level[1] < minContrast {
		return Code{}, false
	}
	threshold := (level[0] + level[1]) / 2
	var b [cells]bool
	for i := range b {
		b[i] = p.block(g, i%columns, 1+i/columns) < threshold
	}
	if c, ok := decode(b, now); ok {
		return c, true
	}
	for row := range dataRows { // a self view is shown as in a mirror
		slices.Reverse(b[row*columns:][:columns])
	}
	return decode(b, now)
}

// block is the mean brightness of the inner half of a block.
func (p plane) block(g grid, column, row int) float64 {
	left := g.x + (float64(column)+0.25)*g.width
	top := g.y + (float64(row)+0.25)*g.height
	x0, x1 := within(left, p.width), within(left+g.width/2, p.width)
	y0, y1 := within(top, p.height), within(top+g.height/2, p.height)
	sum := 0
	for y := y0; y <= y1; y++ {
		for _, v := range p.pix[y*p.stride:][x0 : x1+1] {
			sum += int(v)
		}
	}
	return float64(sum) / float64((x1-x0+1)*(y1-y0+1))
}

// within is the pixel at v, or the nearest in 0 to n-1.
func within(v float64, n int) int { return min(max(int(v), 0), n-1) }
