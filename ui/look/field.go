package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

const (
	fieldGap    = 5
	fieldHeight = 40
)

// Field is an entry or a picker, at least 40 high, under a dim label.
type Field struct {
	widget.BaseWidget

	label  *TextLine
	object fyne.CanvasObject
}

// NewField puts a label over an object.
func NewField(label string, object fyne.CanvasObject) *Field {
	f := &Field{label: NewText(label, Caption), object: object}
	f.ExtendBaseWidget(f)
	return f
}

// SetLabel changes the label.
func (f *Field) SetLabel(label string) { f.label.SetText(label) }

// CreateRenderer is for Fyne.
func (f *Field) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: f, objects: []fyne.CanvasObject{f.label, f.object}, place: f.place, least: f.least,
		recolor: func() {},
	})
}

func (f *Field) least() fyne.Size {
	label, object := f.label.MinSize(), f.object.MinSize()
	return fyne.NewSize(max(label.Width, object.Width), label.Height+fieldGap+max(fieldHeight, object.Height))
}

func (f *Field) place(size fyne.Size) {
	label := f.label.MinSize().Height
	put(f.label, 0, 0, size.Width, label)
	put(f.object, 0, label+fieldGap, size.Width, size.Height-label-fieldGap)
}
