package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"confab/ui/look"
)

// navItem is one line of a list of sections: chosen by pointer, or by Space and Enter.
type navItem struct {
	widget.BaseWidget

	tapped           func()
	chosen           bool
	hovered, focused bool
	ground           *canvas.Rectangle
	text             *look.TextLine
}

const (
	navHeight  = 36
	navPadding = 12
)

func newNavItem(text string, tapped func()) *navItem {
	n := &navItem{tapped: tapped, ground: canvas.NewRectangle(nil), text: look.NewText(text, look.Body)}
	n.ground.CornerRadius = look.RadiusField
	n.ExtendBaseWidget(n)
	return n
}

func (n *navItem) setChosen(chosen bool) {
	if n.chosen != chosen {
		n.chosen = chosen
		n.Refresh()
	}
}

// Tapped is for Fyne.
func (n *navItem) Tapped(*fyne.PointEvent) { n.tapped() }

// TypedKey is for Fyne.
func (n *navItem) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		n.tapped()
	default:
		look.PassKey(n, e)
	}
}

// TypedRune is for Fyne; letters mean nothing here.
func (n *navItem) TypedRune(rune) {}

// FocusGained is for Fyne.
func (n *navItem) FocusGained() { n.set(&n.focused, true) }

// FocusLost is for Fyne.
func (n *navItem) FocusLost() { n.set(&n.focused, false) }

// MouseIn is for Fyne.
func (n *navItem) MouseIn(*desktop.MouseEvent) { n.set(&n.hovered, true) }

// MouseMoved is for Fyne.
func (n *navItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is for Fyne.
func (n *navItem) MouseOut() { n.set(&n.hovered, false) }

func (n *navItem) set(what *bool, value bool) {
	*what = value
	n.Refresh()
}

// CreateRenderer is for Fyne.
func (n *navItem) CreateRenderer() fyne.WidgetRenderer { return &navRenderer{n} }

// navRenderer draws a navItem, whose objects belong to the item: Fyne may ask for another renderer.
type navRenderer struct{ n *navItem }

// Layout places the text.
func (r *navRenderer) Layout(size fyne.Size) {
	place(r.n.ground, 0, 0, size.Width, size.Height)
	place(r.n.text, navPadding, 0, size.Width-2*navPadding, size.Height)
	r.recolor()
}

// MinSize is room for the text.
func (r *navRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.n.text.MinSize().Width+2*navPadding, navHeight)
}

// Refresh takes the colours anew.
func (r *navRenderer) Refresh() {
	r.recolor()
	r.n.text.Refresh()
	canvas.Refresh(r.n)
}

func (r *navRenderer) recolor() {
	n := r.n
	n.ground.FillColor = nil
	n.ground.StrokeWidth = 0
	color := fyne.ThemeColorName(look.Text)
	switch {
	case n.chosen:
		n.ground.FillColor, color = look.Color(look.Active), look.Accent
	case n.hovered:
		n.ground.FillColor = look.Color(look.Raised)
	}
	if n.focused {
		n.ground.StrokeColor, n.ground.StrokeWidth = look.Color(look.Accent), 2
	}
	n.text.SetColor(color)
}

// Objects are what is drawn.
func (r *navRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.n.ground, r.n.text} }

// Destroy has nothing to give back.
func (r *navRenderer) Destroy() {}
