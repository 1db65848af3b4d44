package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

const cardPadding = 22

// Card is a surface with a border and rounded corners around something.
type Card struct {
	widget.BaseWidget

	content fyne.CanvasObject
	x, y    float32 // padding
	fill    fyne.ThemeColorName
	border  bool
	ground  *canvas.Rectangle
}

// NewCard puts content, which may be nil, on a surface, 22 from its edges.
func NewCard(content fyne.CanvasObject) *Card {
	c := &Card{content: content, x: cardPadding, y: cardPadding, fill: Surface, border: true}
	c.ground = canvas.NewRectangle(nil)
	c.ground.CornerRadius = RadiusTile
	c.ExtendBaseWidget(c)
	return c
}

// NewRow puts content on a raised surface without a border, as the rows of a list and the bubbles of
// a chat are.
func NewRow(content fyne.CanvasObject) *Card {
	c := NewCard(content)
	c.fill, c.border, c.x, c.y = Raised, false, 12, 8
	c.ground.CornerRadius = RadiusField
	return c
}

// SetPadding changes the distance from the edges.
func (c *Card) SetPadding(x, y float32) {
	c.x, c.y = x, y
	c.Refresh()
}

// SetFill changes the colour of the surface.
func (c *Card) SetFill(name fyne.ThemeColorName) {
	if c.fill != name {
		c.fill = name
		c.Refresh()
	}
}

// CreateRenderer is for Fyne.
func (c *Card) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{c.ground}
	if c.content != nil {
		objects = append(objects, c.content)
	}
	return render(drawing{of: c, objects: objects, place: c.place, least: c.least, recolor: c.recolor})
}

func (c *Card) least() fyne.Size {
	size := fyne.NewSize(2*c.x, 2*c.y)
	if c.content == nil {
		return size
	}
	return size.Add(c.content.MinSize())
}

func (c *Card) place(size fyne.Size) {
	put(c.ground, 0, 0, size.Width, size.Height)
	if c.content != nil {
		put(c.content, c.x, c.y, size.Width-2*c.x, size.Height-2*c.y)
	}
}

func (c *Card) recolor() {
	c.ground.FillColor = Color(c.fill)
	c.ground.StrokeColor, c.ground.StrokeWidth = nil, 0
	if c.border {
		c.ground.StrokeColor, c.ground.StrokeWidth = Color(Line), 1
	}
}
