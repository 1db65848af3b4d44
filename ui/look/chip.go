package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

const (
	chipHeight  = 28
	chipPadding = 11
	chipText    = 12
)

// Chip is a short fact in a rounded border: "12:41", "Encrypted", "LAN, no server".
type Chip struct {
	widget.BaseWidget

	text   string
	color  fyne.ThemeColorName
	ground *canvas.Rectangle
	label  *canvas.Text
}

// NewChip makes a chip with dim text.
func NewChip(text string) *Chip {
	c := &Chip{text: text, color: Dim, ground: canvas.NewRectangle(nil), label: canvas.NewText(text, nil)}
	c.ground.CornerRadius, c.ground.StrokeWidth = RadiusField, 1
	c.label.TextSize = chipText
	c.ExtendBaseWidget(c)
	return c
}

// SetText changes the text.
func (c *Chip) SetText(text string) {
	if c.text != text {
		c.text = text
		c.Refresh()
	}
}

// Text is the text.
func (c *Chip) Text() string { return c.text }

// SetColor changes the colour of the text.
func (c *Chip) SetColor(name fyne.ThemeColorName) {
	if c.color != name {
		c.color = name
		c.Refresh()
	}
}

// CreateRenderer is for Fyne.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: c, objects: []fyne.CanvasObject{c.ground, c.label}, place: c.place, least: c.least,
		recolor: c.recolor,
	})
}

func (c *Chip) least() fyne.Size {
	text := fyne.MeasureText(c.text, chipText, fyne.TextStyle{})
	return fyne.NewSize(text.Width+2*chipPadding, chipHeight)
}

func (c *Chip) place(size fyne.Size) {
	y := (size.Height - chipHeight) / 2
	put(c.ground, 0, y, size.Width, chipHeight)
	c.label.Text = shorten(c.text, size.Width-2*chipPadding+0.5, chipText, fyne.TextStyle{})
	putText(c.label, (size.Width-c.label.MinSize().Width)/2, y, chipHeight)
}

func (c *Chip) recolor() {
	c.ground.FillColor, c.ground.StrokeColor = Color(Surface), Color(Line)
	c.label.Color = Color(c.color)
}
