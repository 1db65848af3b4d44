package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Measures of the toolbar in device-independent pixels.
const (
	radiusTool       = 10
	toolbarGap       = 10
	toolbarPadding   = 13
	toolbarPaddingY  = 11
	toolbarGapNarrow = 4
)

// Toolbar is a row of buttons on a rounded bar. Its size is that of its buttons; where it is given
// less width, the gaps shrink first.
type Toolbar struct {
	widget.BaseWidget

	buttons []*ToolButton
	ground  *canvas.Rectangle
}

// NewToolbar makes a bar of the given buttons; nil ones are left out.
func NewToolbar(buttons ...*ToolButton) *Toolbar {
	b := &Toolbar{ground: canvas.NewRectangle(nil)}
	for _, button := range buttons {
		if button != nil {
			b.buttons = append(b.buttons, button)
		}
	}
	b.ground.CornerRadius, b.ground.StrokeWidth = radiusBar, 1
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer is for Fyne.
func (b *Toolbar) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{b.ground}
	for _, button := range b.buttons {
		objects = append(objects, button)
	}
	return render(drawing{of: b, objects: objects, place: b.place, recolor: b.recolor, least: func() fyne.Size {
		return b.size(toolbarGapNarrow)
	}})
}

// FullSize is the size with its full gaps: what to give it where there is room.
func (b *Toolbar) FullSize() fyne.Size { return b.size(toolbarGap) }

func (b *Toolbar) size(gap float32) fyne.Size {
	width := float32(0)
	for _, button := range b.visible() {
		width += button.MinSize().Width + gap
	}
	return fyne.NewSize(max(0, width-gap)+2*toolbarPadding, toolHeight+2*toolbarPaddingY)
}

func (b *Toolbar) visible() []*ToolButton {
	var visible []*ToolButton
	for _, button := range b.buttons {
		if button.Visible() {
			visible = append(visible, button)
		}
	}
	return visible
}

// place puts the bar in the middle of the width it is given.
func (b *Toolbar) place(size fyne.Size) {
	buttons := b.visible()
	full, gap := b.FullSize(), float32(toolbarGap)
	if full.Width > size.Width && len(buttons) > 1 {
		gap = max(toolbarGapNarrow, gap-(full.Width-size.Width)/float32(len(buttons)-1))
	}
	bar := b.size(gap)
	x, y := (size.Width-bar.Width)/2, (size.Height-bar.Height)/2
	put(b.ground, x, y, bar.Width, bar.Height)
	x += toolbarPadding
	for _, button := range buttons {
		width := button.MinSize().Width
		put(button, x, y+toolbarPaddingY, width, toolHeight)
		x += width + gap
	}
}

func (b *Toolbar) recolor() {
	b.ground.FillColor, b.ground.StrokeColor = Color(Surface), Color(Line)
}
