package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Style is the rank of a text: its size and weight.
type Style uint8

// The styles, in device-independent pixels.
const (
	Title   Style = iota + 1 // 20 bold: of a card
	Heading                  // 17 bold: of a window
	Strong                   // 14 bold: of a room, a panel
	Body                     // 14
	Small                    // 13: on plates, in lists
	Caption                  // 12 and dim: above fields
)

func (s Style) size() float32 {
	switch s {
	case Title:
		return 20
	case Heading:
		return 17
	case Small:
		return 13
	case Caption:
		return 12
	}
	return 14
}

func (s Style) text() fyne.TextStyle {
	return fyne.TextStyle{Bold: s == Title || s == Heading || s == Strong}
}

func (s Style) color() fyne.ThemeColorName {
	if s == Caption {
		return Dim
	}
	return Text
}

// TextLine is one line of text without padding, in a colour of the theme. It ends in an ellipsis where
// it is too narrow.
type TextLine struct {
	widget.BaseWidget

	text     string
	style    Style
	color    fyne.ThemeColorName
	minWidth float32 // 0: all of the text
	line     *canvas.Text
}

// NewText makes a line of text.
func NewText(text string, style Style) *TextLine {
	t := &TextLine{text: text, style: style, color: style.color(), line: canvas.NewText(text, nil)}
	t.line.TextSize, t.line.TextStyle = style.size(), style.text()
	t.line.Color = Color(t.color)
	t.ExtendBaseWidget(t)
	return t
}

// SetText changes the text.
func (t *TextLine) SetText(text string) {
	if t.text != text {
		t.text = text
		t.Refresh()
	}
}

// Text is the whole text, however much of it is shown.
func (t *TextLine) Text() string { return t.text }

// SetColor changes the colour.
func (t *TextLine) SetColor(name fyne.ThemeColorName) {
	if t.color != name {
		t.color = name
		t.Refresh()
	}
}

// SetAlignment puts the text at the start, the middle or the end of its width.
func (t *TextLine) SetAlignment(a fyne.TextAlign) {
	t.line.Alignment = a
	t.Refresh()
}

// SetMinWidth lets the text be shortened down to width; 0 asks for room for all of it.
func (t *TextLine) SetMinWidth(width float32) {
	t.minWidth = width
	t.Refresh()
}

// CreateRenderer is for Fyne.
func (t *TextLine) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: t, objects: []fyne.CanvasObject{t.line}, place: t.place, least: t.least,
		recolor: func() { t.line.Color = Color(t.color) },
	})
}

func (t *TextLine) place(size fyne.Size) {
	text := t.text
	if size.Width > 0 {
		text = shorten(t.text, size.Width+0.5, t.line.TextSize, t.line.TextStyle)
	}
	if t.line.Text != text {
		t.line.Text = text
		canvas.Refresh(t.line)
	}
	height := t.line.MinSize().Height
	put(t.line, 0, (size.Height-height)/2, size.Width, height)
}

func (t *TextLine) least() fyne.Size {
	size := fyne.MeasureText(t.text, t.line.TextSize, t.line.TextStyle)
	if t.minWidth > 0 {
		size.Width = min(size.Width, t.minWidth)
	}
	return size
}
