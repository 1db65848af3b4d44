package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Button is a button with a word on it, and an icon before it if it has one. While busy it shows that
// something is under way, and cannot be pressed.
type Button struct {
	press

	text  string
	svg   fyne.Resource
	kind  buttonKind
	color fyne.ThemeColorName
	busy  bool

	label   *canvas.Text
	icon    *canvas.Image
	spinner *widget.Activity
}

// buttonKind is what the kinds of buttons differ in.
type buttonKind struct {
	height, padding, textSize, radius float32
	bold                              bool
	fill                              fyne.ThemeColorName
	border                            bool
}

var (
	primaryKind = buttonKind{44, 18, 15, 10, true, Accent, false}
	plainKind   = buttonKind{36, 14, 13, RadiusField, false, Raised, false}
	smallKind   = buttonKind{chipHeight, chipPadding, chipText, RadiusField, false, Surface, true}
)

// NewPrimaryButton makes the one button of a form that goes on: filled, 44 high.
func NewPrimaryButton(text string, tapped func()) *Button {
	return newButton(text, primaryKind, OnAccent, tapped)
}

// NewButton makes an ordinary button, 36 high.
func NewButton(text string, tapped func()) *Button { return newButton(text, plainKind, Text, tapped) }

// NewSmallButton makes a button that looks like a chip, 28 high: "Settings", "Play a test sound".
func NewSmallButton(text string, tapped func()) *Button {
	return newButton(text, smallKind, Dim, tapped)
}

func newButton(text string, kind buttonKind, color fyne.ThemeColorName, tapped func()) *Button {
	b := &Button{
		text: text, kind: kind, color: color,
		label: canvas.NewText(text, nil), icon: &canvas.Image{}, spinner: widget.NewActivity(),
	}
	b.label.TextSize, b.label.TextStyle.Bold = kind.textSize, kind.bold
	b.icon.FillMode = canvas.ImageFillContain
	b.icon.Hide()
	b.spinner.Hide()
	b.initPress(b, tapped, kind.radius)
	if kind.border {
		b.ground.StrokeWidth = 1
	}
	return b
}

// SetText changes the word.
func (b *Button) SetText(text string) {
	if b.text != text {
		b.text = text
		b.Refresh()
	}
}

// Text is the word.
func (b *Button) Text() string { return b.text }

// SetIcon puts an icon of package assets before the word; nil: none.
func (b *Button) SetIcon(svg fyne.Resource) {
	b.svg = svg
	b.Refresh()
}

// SetColor changes the colour of word and icon.
func (b *Button) SetColor(name fyne.ThemeColorName) {
	if b.color != name {
		b.color = name
		b.Refresh()
	}
}

// SetBusy shows that what the button started is under way; it cannot be pressed meanwhile.
func (b *Button) SetBusy(busy bool) {
	if b.busy == busy {
		return
	}
	b.busy = busy
	if busy {
		b.spinner.Start()
	} else {
		b.spinner.Stop()
	}
	show(b.spinner, busy)
	b.Refresh()
}

// Busy tells whether it shows that something is under way.
func (b *Button) Busy() bool { return b.busy }

// Tapped is for Fyne.
func (b *Button) Tapped(e *fyne.PointEvent) {
	if !b.busy {
		b.press.Tapped(e)
	}
}

// TypedKey is for Fyne: Space and Enter press the button.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if !b.busy {
		b.press.TypedKey(e)
	}
}

// CreateRenderer is for Fyne.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: b, objects: []fyne.CanvasObject{b.ground, b.focus, b.icon, b.label, b.spinner},
		place: b.place, least: b.least, recolor: b.recolor,
	})
}

// markWidth is the room taken before the word, by the icon or by the spinner.
func (b *Button) markWidth() float32 {
	if b.busy || b.svg != nil {
		return b.kind.textSize + 8
	}
	return 0
}

func (b *Button) least() fyne.Size {
	text := fyne.MeasureText(b.text, b.kind.textSize, b.label.TextStyle)
	return fyne.NewSize(text.Width+b.markWidth()+2*b.kind.padding, b.kind.height)
}

func (b *Button) place(size fyne.Size) {
	b.placePress(size)
	mark := b.markWidth()
	b.label.Text = shorten(b.text, size.Width-mark-2*b.kind.padding+0.5, b.kind.textSize, b.label.TextStyle)
	x := (size.Width - mark - b.label.MinSize().Width) / 2
	side := b.kind.textSize + 2
	put(b.icon, x, (size.Height-side)/2, side, side)
	put(b.spinner, x, (size.Height-side)/2, side, side)
	putText(b.label, x+mark, 0, size.Height)
}

func (b *Button) recolor() {
	b.recolorPress(b.kind.fill)
	if b.Disabled() && !b.kind.border {
		b.ground.FillColor = translucent(Color(b.kind.fill), 0x70)
	}
	b.ground.StrokeColor = Color(Line)
	b.label.Color = b.textColor(b.color)
	show(b.icon, b.svg != nil && !b.busy)
	if b.svg != nil {
		b.icon.Resource = Icon(b.svg, b.color)
		b.icon.Refresh()
	}
}
