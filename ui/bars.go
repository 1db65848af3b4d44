package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"confab/ui/look"
)

// barsPatience is how long header and toolbar stay in full screen without the pointer moving over the video.
const barsPatience = 3 * time.Second

// bars shows and hides header and toolbar.
type bars struct {
	area   *pointerArea
	hidden []fyne.CanvasObject // what hides
	shade  *canvas.Rectangle   // behind the header while that lies over the video
	over   bool                // full screen: they lie over the video
	moved  bool                // the pointer, or a key, since the last tick
	away   bool                // the pointer is not over the video: on a bar, so bars stay
	since  time.Time           // the last movement
}

func newBars(hidden ...fyne.CanvasObject) *bars {
	b := &bars{hidden: hidden, shade: canvas.NewRectangle(look.Color(look.Veil))}
	b.shade.Hide()
	b.area = newPointerArea(b)
	return b
}

// tick shows or hides the bars, and tells whether something has to be placed anew.
func (b *bars) tick(now time.Time, fullScreen bool) bool {
	if b.moved || b.away || fullScreen != b.over {
		b.since, b.moved = now, false
	}
	changed := fullScreen != b.over
	b.over = fullScreen
	visible := !fullScreen || now.Sub(b.since) < barsPatience
	setVisible(b.shade, visible && fullScreen)
	for _, o := range b.hidden {
		changed = changed || o.Visible() != visible
		setVisible(o, visible)
	}
	return changed
}

// pointerArea lies below everything and knows of the pointer. Entering a button above it looks like leaving.
type pointerArea struct {
	widget.BaseWidget

	bars *bars
}

func newPointerArea(b *bars) *pointerArea {
	a := &pointerArea{bars: b}
	a.ExtendBaseWidget(a)
	return a
}

// CreateRenderer is for Fyne; there is nothing to see.
func (a *pointerArea) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(newSpacer(1))
}

// MouseIn is for Fyne.
func (a *pointerArea) MouseIn(*desktop.MouseEvent) { a.bars.moved, a.bars.away = true, false }

// MouseMoved is for Fyne.
func (a *pointerArea) MouseMoved(*desktop.MouseEvent) { a.bars.moved = true }

// MouseOut is for Fyne.
func (a *pointerArea) MouseOut() { a.bars.away = true }
