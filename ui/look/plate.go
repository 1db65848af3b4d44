package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"confab/assets"
)

// Measures of a plate in device-independent pixels.
const (
	plateMargin  = 10 // from the tile's edges
	platePadding = 10 // left and right inside
	plateHeight  = 25
	plateGap     = 8 // between mark, name, note and bars
	markSize     = 14
	maxBars      = 4
	barWidth     = 3
	barStep      = 5 // from bar to bar
	barsWidth    = (maxBars-1)*barStep + barWidth
)

// barHeights are those of the bars of the connection, from bad to good.
var barHeights = [maxBars]float32{5, 8, 11, 14}

// plate is the name at the lower left of a tile, with the mute mark before and the bars of the
// connection after it.
type plate struct {
	name, note string
	muted      bool
	quality    int // bars lit; 0: no bars
	small      bool

	ground *canvas.Rectangle
	mark   *canvas.Image
	title  *canvas.Text
	aside  *canvas.Text
	bars   [maxBars]*canvas.Rectangle
}

func newPlate() *plate {
	p := &plate{
		ground: canvas.NewRectangle(nil),
		mark:   canvas.NewImageFromResource(Icon(assets.MicOff, PlateDanger)),
		title:  canvas.NewText("", nil),
		aside:  canvas.NewText("", nil),
	}
	p.ground.CornerRadius = radiusPlate
	p.mark.FillMode = canvas.ImageFillContain
	p.title.TextSize, p.aside.TextSize = 13, 13
	for i := range p.bars {
		p.bars[i] = canvas.NewRectangle(nil)
	}
	return p
}

func (p *plate) objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{p.ground, p.mark, p.title, p.aside}
	for _, b := range p.bars {
		objects = append(objects, b)
	}
	return objects
}

func (p *plate) setSmall(small bool) {
	p.small = small
	p.title.TextSize = 13
	if small {
		p.title.TextSize = 11
	}
	p.aside.TextSize = p.title.TextSize
}

// place puts the plate into a tile of the given size. Of what does not fit, the note goes first, then
// the end of the name.
func (p *plate) place(tile fyne.Size) {
	height, padding, margin := float32(plateHeight), float32(platePadding), float32(plateMargin)
	if p.small {
		height, padding = 20, 8
	}
	if tile.Width < 160 {
		margin = 6
	}
	taken := 2 * padding
	if p.muted {
		taken += markSize + plateGap
	}
	if p.quality > 0 {
		taken += barsWidth + plateGap
	}
	room := tile.Width - 2*margin - taken
	visible := p.name != "" && room > 0 && tile.Height > height+margin
	show(p.ground, visible)
	show(p.mark, visible && p.muted)
	show(p.title, visible)
	for i, b := range p.bars {
		show(b, visible && p.quality > 0)
		b.FillColor = p.barColor(i)
	}
	p.setTexts(room, visible)
	if !visible {
		return
	}
	p.line(margin, tile.Height-margin-height, height, padding)
}

// setTexts decides how much of name and note is shown in room.
func (p *plate) setTexts(room float32, visible bool) {
	p.title.Text, p.aside.Text = p.name, p.note
	need := p.title.MinSize().Width
	if p.note != "" {
		need += plateGap + p.aside.MinSize().Width
	}
	if p.note == "" || need > room {
		p.aside.Text = ""
		p.title.Text = shorten(p.name, room, p.title.TextSize, p.title.TextStyle)
	}
	show(p.aside, visible && p.aside.Text != "")
}

// line places the parts from left to right, and the ground under them.
func (p *plate) line(x, y, height, padding float32) {
	at := x + padding
	if p.muted {
		put(p.mark, at, y+(height-markSize)/2, markSize, markSize)
		at += markSize + plateGap
	}
	putText(p.title, at, y, height)
	at += p.title.MinSize().Width
	if p.aside.Text != "" {
		putText(p.aside, at+plateGap, y, height)
		at += plateGap + p.aside.MinSize().Width
	}
	if p.quality > 0 {
		at = rounded(at + plateGap) // bars between two pixels would be blurred
		bottom := y + (height+barHeights[maxBars-1])/2
		for i, b := range p.bars {
			put(b, at+float32(i)*barStep, bottom-barHeights[i], barWidth, barHeights[i])
		}
		at += barsWidth
	}
	put(p.ground, x, y, at+padding-x, height)
}

func (p *plate) barColor(i int) color.Color {
	name := PlateGood
	switch p.quality {
	case 1:
		name = PlateDanger
	case 2:
		name = PlateFair
	}
	if i < p.quality {
		return Color(name)
	}
	return translucent(Color(name), 0x48)
}

func (p *plate) recolor() {
	p.ground.FillColor = Color(Plate)
	p.title.Color, p.aside.Color = Color(OnPlate), Color(OnPlateDim)
	for i, b := range p.bars {
		b.FillColor = p.barColor(i)
	}
}
