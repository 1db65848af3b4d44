package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Measures of a button of the toolbar in device-independent pixels.
const (
	toolWidth    = 52 // wider for a long label
	toolHeight   = 48
	toolPadding  = 8
	toolIcon     = 20
	toolIconTop  = 7
	toolLabel    = 10
	toolLabelTop = 28
	toolMark     = 8
)

// ToolButton is an icon over a short label, as in the toolbar of a call.
type ToolButton struct {
	press

	svg    fyne.Resource
	label  string
	active bool
	danger bool
	marked bool

	menu func() Menu // nil: none

	icon *canvas.Image
	text *canvas.Text
	mark *canvas.Circle
}

// NewToolButton makes a button. The icon is one of package assets; tapped is called on a press by
// pointer or key, on the UI goroutine.
func NewToolButton(icon fyne.Resource, label string, tapped func()) *ToolButton {
	b := &ToolButton{svg: icon, label: label, icon: &canvas.Image{}, text: canvas.NewText(label, nil), mark: &canvas.Circle{}}
	b.icon.FillMode = canvas.ImageFillContain
	b.text.TextSize = toolLabel
	b.initPress(b, tapped, radiusTool)
	b.recolor()
	return b
}

// SetIcon changes the icon.
func (b *ToolButton) SetIcon(icon fyne.Resource) {
	if b.svg != icon {
		b.svg = icon
		b.Refresh()
	}
}

// SetLabel changes the label.
func (b *ToolButton) SetLabel(label string) {
	if b.label != label {
		b.label = label
		b.Refresh()
	}
}

// Label is the label as it is now.
func (b *ToolButton) Label() string { return b.label }

// SetActive shows what the button stands for as switched on: an open panel, a raised hand.
func (b *ToolButton) SetActive(active bool) {
	if b.active != active {
		b.active = active
		b.Refresh()
	}
}

// Active tells whether it is shown as switched on.
func (b *ToolButton) Active() bool { return b.active }

// SetMarked shows a dot at the icon: there is something new behind the button.
func (b *ToolButton) SetMarked(marked bool) {
	if b.marked != marked {
		b.marked = marked
		b.Refresh()
	}
}

// Marked tells whether the dot is shown.
func (b *ToolButton) Marked() bool { return b.marked }

// SetDanger makes it the red button, which leaves the call.
func (b *ToolButton) SetDanger(danger bool) {
	if b.danger != danger {
		b.danger = danger
		b.Refresh()
	}
}

// SetMenu names what gives the menu that the other button of the pointer opens; nil: there is none.
func (b *ToolButton) SetMenu(menu func() Menu) { b.menu = menu }

// TappedSecondary is for Fyne.
func (b *ToolButton) TappedSecondary(*fyne.PointEvent) {
	if b.menu != nil && !b.Disabled() {
		b.menu().show(b.ground, 0)
	}
}

// CreateRenderer is for Fyne.
func (b *ToolButton) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: b, objects: []fyne.CanvasObject{b.ground, b.focus, b.icon, b.text, b.mark},
		place: b.place, least: b.least, recolor: b.recolor,
	})
}

func (b *ToolButton) least() fyne.Size {
	text := fyne.MeasureText(b.label, toolLabel, b.text.TextStyle)
	return fyne.NewSize(max(toolWidth, text.Width+2*toolPadding), toolHeight)
}

func (b *ToolButton) place(size fyne.Size) {
	b.placePress(size)
	top := (size.Height - toolHeight) / 2
	put(b.icon, (size.Width-toolIcon)/2, top+toolIconTop, toolIcon, toolIcon)
	put(b.mark, (size.Width+toolIcon-toolMark)/2+2, top+toolIconTop-3, toolMark, toolMark)
	text := b.text.MinSize()
	put(b.text, (size.Width-text.Width)/2, top+toolLabelTop, text.Width, text.Height)
}

func (b *ToolButton) recolor() {
	fill, icon, label := Raised, fyne.ThemeColorName(Text), Dim
	switch {
	case b.danger:
		fill, icon, label = DangerFill, OnDanger, OnDanger
	case b.active:
		fill, icon, label = Active, Accent, Accent
	}
	b.recolorPress(fill)
	b.mark.FillColor = Color(Accent)
	show(b.mark, b.marked)
	b.text.Text, b.text.Color = b.label, b.textColor(label)
	b.icon.Resource = Icon(b.svg, icon)
	b.icon.Translucency = 0
	if b.Disabled() {
		b.icon.Translucency = 0.55
	}
	b.icon.Refresh()
}
