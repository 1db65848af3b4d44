package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// translucent is a colour with another opacity.
func translucent(c color.Color, alpha uint8) color.Color {
	return faded(color.NRGBAModel.Convert(c).(color.NRGBA), alpha)
}

// badge is a word at the upper right of a tile.
type badge struct {
	text string

	ground *canvas.Rectangle
	label  *canvas.Text
}

func newBadge() *badge {
	b := &badge{ground: canvas.NewRectangle(nil), label: canvas.NewText("", nil)}
	b.ground.CornerRadius = radiusPlate
	b.label.TextSize = 13
	return b
}

func (b *badge) objects() []fyne.CanvasObject { return []fyne.CanvasObject{b.ground, b.label} }

func (b *badge) place(tile fyne.Size) {
	room := tile.Width - 2*plateMargin - 2*8
	visible := b.text != "" && room > 0 && tile.Height > 2*plateHeight
	show(b.ground, visible)
	show(b.label, visible)
	if !visible {
		return
	}
	b.label.Text = shorten(b.text, room, b.label.TextSize, b.label.TextStyle)
	width := b.label.MinSize().Width + 2*8
	x := tile.Width - plateMargin - width
	put(b.ground, x, plateMargin, width, plateHeight+1)
	putText(b.label, x+8, plateMargin, plateHeight+1)
}

func (b *badge) recolor() {
	b.ground.FillColor = Color(Plate)
	b.label.Color = Color(OnPlate)
}

// veil darkens a tile under a message of two lines.
type veil struct {
	title, detail string

	ground *canvas.Rectangle
	first  *canvas.Text
	second *canvas.Text
}

func newVeil() *veil {
	v := &veil{ground: canvas.NewRectangle(nil), first: canvas.NewText("", nil), second: canvas.NewText("", nil)}
	v.ground.CornerRadius = RadiusTile
	v.first.TextStyle.Bold = true
	return v
}

func (v *veil) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{v.ground, v.first, v.second}
}

func (v *veil) place(tile fyne.Size) {
	visible := v.title != ""
	v.first.TextSize, v.second.TextSize = 16, 13
	if tile.Width < 240 {
		v.first.TextSize, v.second.TextSize = 13, 11
	}
	high, low := v.first.MinSize().Height, v.second.MinSize().Height
	both := v.detail != "" && tile.Height >= high+low+8
	show(v.ground, visible)
	show(v.first, visible)
	show(v.second, visible && both)
	if !visible {
		return
	}
	put(v.ground, 0, 0, tile.Width, tile.Height)
	room := tile.Width - 2*plateMargin
	v.first.Text = shorten(v.title, room, v.first.TextSize, v.first.TextStyle)
	v.second.Text = shorten(v.detail, room, v.second.TextSize, v.second.TextStyle)
	y := (tile.Height - high) / 2
	if both {
		y -= low / 2
		putText(v.second, (tile.Width-v.second.MinSize().Width)/2, y+high, low)
	}
	putText(v.first, (tile.Width-v.first.MinSize().Width)/2, y, high)
}

func (v *veil) recolor() {
	v.ground.FillColor = Color(Veil)
	v.first.Color, v.second.Color = Color(OnPlate), Color(OnPlateDim)
}
