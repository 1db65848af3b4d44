package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// columnLayout stands its objects upon each other without gaps, each as wide as the column.
type columnLayout struct{}

// MinSize is room for all that is visible.
func (columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if o.Visible() {
			least := o.MinSize()
			size.Width, size.Height = max(size.Width, least.Width), size.Height+least.Height
		}
	}
	return size
}

// Layout places the objects.
func (columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if o.Visible() {
			height := o.MinSize().Height
			place(o, 0, y, size.Width, height)
			y += height
		}
	}
}

// arrange places what is in a container anew. Refreshing it instead would refresh all that is in it too, and
// upload every picture again.
func arrange(c *fyne.Container) { c.Layout.Layout(c.Objects, c.Size()) }

// newSpacer makes a gap of some height in a column.
func newSpacer(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
}

// paragraph is a text that is broken into lines where its width ends, in the size of a caption.
type paragraph struct {
	view *fyne.Container
	text *widget.RichText
	seg  *widget.TextSegment
}

func newParagraph(text string, name fyne.ThemeColorName) *paragraph {
	seg := &widget.TextSegment{Text: text, Style: widget.RichTextStyle{ColorName: name}}
	p := &paragraph{text: widget.NewRichText(seg), seg: seg}
	p.text.Wrapping = fyne.TextWrapWord
	p.view = container.New(flushLayout{}, p.text)
	setVisible(p.view, text != "")
	return p
}

// set changes text and colour; no text, no room.
func (p *paragraph) set(text string, name fyne.ThemeColorName) {
	if p.seg.Text == text && p.seg.Style.ColorName == name {
		return
	}
	p.seg.Text, p.seg.Style.ColorName = text, name
	p.text.Refresh()
	setVisible(p.view, text != "")
	p.view.Refresh()
}

// flushLayout lets a text that Fyne pads begin and end where its column does.
type flushLayout struct{}

// MinSize is that of the text without its padding at the sides.
func (flushLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := o[0].MinSize()
	return fyne.NewSize(max(0, size.Width-2*theme.InnerPadding()), size.Height)
}

// Layout places the text, its padding outside.
func (flushLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	pad := theme.InnerPadding()
	place(o[0], -pad, 0, size.Width+2*pad, size.Height)
}
