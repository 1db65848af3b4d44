package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// focusWidth and focusGap are the measures of the ring around the widget that has the focus.
const (
	focusWidth = 2
	focusGap   = 1
)

// press is what everything that can be pressed has in common: by pointer, and by Space or Enter when
// it has the focus. Its owner embeds it, and calls initPress with itself.
type press struct {
	widget.DisableableWidget

	tapped  func()
	hovered bool
	focused bool

	ground *canvas.Rectangle
	focus  *canvas.Rectangle
}

func (p *press) initPress(owner fyne.Widget, tapped func(), radius float32) {
	p.tapped = tapped
	p.ground, p.focus = canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	p.ground.CornerRadius = radius
	p.focus.CornerRadius = radius + focusGap + focusWidth
	p.focus.StrokeWidth = focusWidth
	p.focus.Hide()
	p.ExtendBaseWidget(owner)
}

// SetOnTapped changes what is called when it is pressed.
func (p *press) SetOnTapped(tapped func()) { p.tapped = tapped }

// Tapped is for Fyne.
func (p *press) Tapped(*fyne.PointEvent) { p.activate() }

// TypedKey is for Fyne: Space and Enter press the button. What else is typed is for the window, which
// hears nothing while a widget has the focus.
func (p *press) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		p.activate()
	default:
		PassKey(p.ground, e)
	}
}

// TypedRune is for Fyne; letters are for the window. A space has pressed the button already.
func (p *press) TypedRune(r rune) {
	if r != ' ' {
		PassRune(p.ground, r)
	}
}

// PassKey gives a key that a widget with the focus has no use for to its window; o is the widget or a
// part of it.
func PassKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

// PassRune gives a letter that a widget with the focus has no use for to its window, like PassKey.
func PassRune(o fyne.CanvasObject, r rune) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedRune() != nil {
		c.OnTypedRune()(r)
	}
}

// FocusGained is for Fyne.
func (p *press) FocusGained() { p.setFocused(true) }

// FocusLost is for Fyne.
func (p *press) FocusLost() { p.setFocused(false) }

// MouseIn is for Fyne.
func (p *press) MouseIn(*desktop.MouseEvent) { p.setHovered(true) }

// MouseMoved is for Fyne.
func (p *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is for Fyne.
func (p *press) MouseOut() { p.setHovered(false) }

// Cursor is for Fyne.
func (p *press) Cursor() desktop.Cursor {
	if p.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

func (p *press) activate() {
	if !p.Disabled() && p.tapped != nil {
		p.tapped()
	}
}

func (p *press) setFocused(focused bool) {
	p.focused = focused
	p.Refresh()
}

func (p *press) setHovered(hovered bool) {
	p.hovered = hovered
	p.Refresh()
}

// placePress places the ground and the ring of the focus around it.
func (p *press) placePress(size fyne.Size) {
	const out = focusGap + focusWidth
	put(p.ground, 0, 0, size.Width, size.Height)
	put(p.focus, -out, -out, size.Width+2*out, size.Height+2*out)
}

// recolorPress gives the ground its colour, lighter (darker in the light theme) under the pointer.
func (p *press) recolorPress(fill fyne.ThemeColorName) {
	p.ground.FillColor = Color(fill)
	if p.hovered && !p.Disabled() {
		p.ground.FillColor = mixed(Color(fill), Color(Text), 0.08)
	}
	p.focus.StrokeColor = Color(Accent)
	show(p.focus, p.focused && !p.Disabled())
}

// textColor is the colour of a name, faint when nothing happens on a press.
func (p *press) textColor(name fyne.ThemeColorName) color.Color {
	if p.Disabled() {
		return translucent(Color(name), 0x70)
	}
	return Color(name)
}

// mixed is a with a part of b over it; the opacity is that of a.
func mixed(a, b color.Color, part float32) color.Color {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	mix := func(a, b uint8) uint8 { return uint8(float32(a)*(1-part) + float32(b)*part + 0.5) }
	return color.NRGBA{R: mix(x.R, y.R), G: mix(x.G, y.G), B: mix(x.B, y.B), A: x.A}
}
