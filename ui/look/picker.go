package look

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"confab/assets"
)

const (
	pickerPadding = 10
	pickerMark    = 14
)

// Picker shows one of several options and opens a menu of them. It comes in the size of an entry, and
// compact, as a dim line of text. Up and Down choose without the menu; Space and Enter open it.
type Picker struct {
	press

	options  []string
	selected int // -1: none
	compact  bool
	hint     string // shown while nothing is selected
	prefix   string
	changed  func(index int)
	menu     *widget.PopUpMenu // nil, or the last one opened

	label *canvas.Text
	mark  *canvas.Image
}

// NewPicker makes a picker of the size of an entry with nothing selected. changed is told the index
// of an option that the user chose; SetSelected does not call it.
func NewPicker(options []string, changed func(index int)) *Picker {
	p := &Picker{
		options: options, selected: -1, changed: changed,
		label: canvas.NewText("", nil), mark: &canvas.Image{},
	}
	p.mark.FillMode = canvas.ImageFillContain
	p.initPress(p, p.open, RadiusField)
	p.label.TextSize, p.ground.StrokeWidth = 14, 1
	return p
}

// NewCompactPicker makes a picker that is a line of text: prefix ("Speakers: ", or nothing), the
// option, and a mark.
func NewCompactPicker(prefix string, options []string, changed func(index int)) *Picker {
	p := NewPicker(options, changed)
	p.compact, p.prefix = true, prefix
	p.label.TextSize, p.ground.StrokeWidth = 13, 0
	return p
}

// SetOptions changes the options, also in the menu if that is open. The selection stays on an option of
// the same text, else there is none.
func (p *Picker) SetOptions(options []string) {
	if slices.Equal(options, p.options) {
		return
	}
	was := p.Text()
	p.options, p.selected = options, -1
	for i, o := range options {
		if o == was && was != "" {
			p.selected = i
			break
		}
	}
	p.Refresh()
	p.reopen()
}

// SetSelected selects an option; an index outside them selects none.
func (p *Picker) SetSelected(index int) {
	if index < 0 || index >= len(p.options) {
		index = -1
	}
	if p.selected != index {
		p.selected = index
		p.Refresh()
		p.reopen()
	}
}

// Selected is the index of the selected option, -1 if there is none.
func (p *Picker) Selected() int { return p.selected }

// Text is the selected option, empty if there is none.
func (p *Picker) Text() string {
	if p.selected < 0 {
		return ""
	}
	return p.options[p.selected]
}

// SetHint changes what is shown while nothing is selected.
func (p *Picker) SetHint(hint string) {
	p.hint = hint
	p.Refresh()
}

// TypedKey is for Fyne.
func (p *Picker) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		p.step(-1)
	case fyne.KeyDown:
		p.step(1)
	default:
		p.press.TypedKey(e)
	}
}

func (p *Picker) step(by int) {
	if p.Disabled() || len(p.options) == 0 {
		return
	}
	next := max(0, min(p.selected+by, len(p.options)-1))
	if next != p.selected {
		p.choose(next)
	}
}

func (p *Picker) choose(index int) {
	p.SetSelected(index)
	if p.changed != nil {
		p.changed(index)
	}
}

// open shows the menu under the picker, at least as wide as it is.
func (p *Picker) open() {
	p.menu = Menu{Options: p.options, Selected: p.selected, Chosen: p.choose}.show(p.ground, p.Size().Width)
}

// reopen shows what there is to choose from now in an open menu.
func (p *Picker) reopen() {
	if p.menu != nil && p.menu.Visible() {
		p.menu.Hide()
		p.open()
	}
}

// CreateRenderer is for Fyne.
func (p *Picker) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: p, objects: []fyne.CanvasObject{p.ground, p.focus, p.label, p.mark},
		place: p.place, least: p.least, recolor: p.recolor,
	})
}

// shown is the text to show, and whether it is a hint.
func (p *Picker) shown() (text string, hint bool) {
	if p.selected < 0 {
		return p.prefix + p.hint, true
	}
	return p.prefix + p.options[p.selected], false
}

// least is room for the text up to 160, beyond which it is shortened.
func (p *Picker) least() fyne.Size {
	text, _ := p.shown()
	size := fyne.MeasureText(text, p.label.TextSize, p.label.TextStyle)
	if p.compact {
		return fyne.NewSize(min(size.Width, 160)+4+pickerMark, max(size.Height, 20))
	}
	return fyne.NewSize(min(size.Width, 160)+2*pickerPadding+8+pickerMark, fieldHeight)
}

func (p *Picker) place(size fyne.Size) {
	p.placePress(size)
	padding, gap := float32(pickerPadding), float32(8)
	if p.compact {
		padding, gap = 0, 4
	}
	text, _ := p.shown()
	room := size.Width - 2*padding - gap - pickerMark
	p.label.Text = shorten(text, room+0.5, p.label.TextSize, p.label.TextStyle)
	putText(p.label, padding, 0, size.Height)
	x := size.Width - padding - pickerMark
	if p.compact {
		x = p.label.MinSize().Width + gap
	}
	put(p.mark, x, (size.Height-pickerMark)/2, pickerMark, pickerMark)
}

func (p *Picker) recolor() {
	fill, text := fyne.ThemeColorName(Background), fyne.ThemeColorName(Text)
	if _, hint := p.shown(); hint || p.compact {
		text = Dim
	}
	p.recolorPress(fill)
	if p.compact {
		p.ground.FillColor = nil
		if p.hovered {
			text = Text
		}
	}
	p.ground.StrokeColor = Color(Line)
	p.label.Color = p.textColor(text)
	p.mark.Resource = Icon(assets.Chevron, text)
	p.mark.Refresh()
}
