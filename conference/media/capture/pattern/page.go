package pattern

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/image/font/basicfont"

	"confab/conference/media"
)

// Page draws the picture of a test screen: a page of text below the code, whose last paragraph is being
// written a letter a picture. It is used by one goroutine at a time.
type Page struct {
	width, height int
	source        uint8
	full, blank   []byte // luma of the written page and of its paper, width bytes a row
	accent        colour
	bar           int // rows of the title bar at the top

	// The lines that are being written: their first and last row, the left edge, letters in all.
	typedTop, typedLines, left, letters int
}

// Metrics of a page, in pixels.
const (
	pageMargin = 40
	lineHeight = 18
	letter     = 7 // basicfont is 7x13
	typed      = 4 // lines that are written before the eyes
)

// Paper and ink, luma.
const (
	paper = 228
	ink   = 40
)

// prose fills the page; what matters is that it has the shapes of letters.
const prose = "Sphinx of black quartz, judge my vow. The five boxing wizards jump quickly; " +
	"pack my box with five dozen liquor jugs. 0123456789 (a+b)*[c-d] != {e/f} & \"g\". " +
	"How vexingly quick daft zebras jump! Waltz, bad nymph, for quick jigs vex. "

// NewPage prepares pages of the given size in pixels (at least 160x90) for the source that label names.
func NewPage(width, height int, label string) *Page {
	source := SourceOf(label)
	p := &Page{
		width: width, height: height, source: source,
		accent: hsl(sourceHue(source), 0.4, 0.42),
		bar:    min(height/20, 32),
		left:   min(pageMargin, width/16),
		full:   make([]byte, width*height), blank: make([]byte, width*height),
	}
	fill(p.blank, paper)
	fill(p.blank[:p.bar*width], p.accent.y)
	copy(p.full, p.blank)
	p.write(label)
	return p
}

// write sets title and lines of text on the full page.
func (p *Page) write(label string) {
	p.print(p.left, (p.bar-13)/2, label, 235)
	g := place(p.width, p.height)
	top := int(g.y+float64(rows+1)*g.height) + lineHeight
	p.letters = max((p.width-2*p.left)/letter, 1)
	lines := max((p.height-top)/lineHeight-1, 0)
	text := strings.Repeat(prose, p.letters*(lines+1)/len(prose)+2)
	for i := range lines {
		number := fmt.Sprintf("%3d  ", i+1)
		line := text[i*p.letters/2%len(prose):]
		p.print(p.left, top+i*lineHeight, (number + line)[:p.letters], ink)
	}
	p.typedLines = min(typed, lines)
	p.typedTop = top + (lines-p.typedLines)*lineHeight
}

// print sets one line of text with its upper left corner at x, y.
func (p *Page) print(x, y int, text string, luma byte) {
	face := basicfont.Face7x13
	for i, r := range text {
		if r < 0x20 || r > 0x7E {
			r = '?'
		}
		glyph := int(r-0x20) * face.Height
		for dy := range face.Height {
			for dx := range face.Width {
				px, py := x+i*letter+dx, y+dy
				_, _, _, a := face.Mask.At(dx, glyph+dy).RGBA()
				if a != 0 && px >= 0 && py >= 0 && px < p.width && py < p.height {
					p.full[py*p.width+px] = luma
				}
			}
		}
	}
}

// Draw draws the page with the given number as of the instant at into f, whose size must be the page's.
// It allocates nothing.
func (p *Page) Draw(f *media.VideoFrame, number uint32, at time.Time) {
	written := 0
	if n := p.typedLines * p.letters; n > 0 {
		written = int(number % uint32(n))
	}
	for y := range p.height {
		row := f.Y[y*f.StrideY:][:p.width]
		cut := p.width // what is right of it is still paper
		if y >= p.typedTop {
			line := (y - p.typedTop) / lineHeight
			cut = min(max(p.left+(written-line*p.letters)*letter, 0), p.width)
		}
		copy(row, p.full[y*p.width:][:cut])
		copy(row[cut:], p.blank[y*p.width+cut:])
	}
	for y := range (p.height + 1) / 2 {
		u, v := byte(128), byte(128)
		if 2*y < p.bar {
			u, v = p.accent.u, p.accent.v
		}
		fill(f.U[y*f.StrideUV:][:(p.width+1)/2], u)
		fill(f.V[y*f.StrideUV:][:(p.width+1)/2], v)
	}
	DrawCode(f, Code{Frame: number, At: at, Source: p.source})
	f.Captured = at
}
