package ui

import (
	"fyne.io/fyne/v2"

	"confab/layout"
)

// Measures of the call in device-independent pixels.
const (
	galleryTop    = headerHeight + 2 // of the tiles
	galleryBottom = 100              // of the tiles, from the window's lower edge
	toolbarHeight = 70
	toolbarBottom = 18
)

// callLayout places the call's parts: the area that watches the pointer, the gallery, the note of who is alone,
// the shade behind the header, header, toolbar, notices, the hint above them, and the chat at the right of the
// gallery. Without bars the gallery has the whole height.
type callLayout struct{ bars *bars }

// MinSize is the least size in which nothing overlaps.
func (callLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 400) }

// Layout places the parts.
func (l callLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	area, gallery, alone, shade, header, toolbar, notices, hint, chat := o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8]
	place(area, 0, 0, size.Width, size.Height)
	top, bottom := float32(galleryTop-layout.Edge), float32(galleryBottom-layout.Edge)
	if l.bars.over {
		top, bottom = 0, 0
	}
	wide := size.Width // of the gallery
	if chat.Visible() {
		panel := min(chatWidth, 0.4*size.Width)
		wide -= panel + layout.Gap
		place(chat, wide+layout.Gap-layout.Edge, top+layout.Edge, panel, size.Height-top-bottom-2*layout.Edge)
	}
	place(gallery, 0, top, wide, size.Height-top-bottom)

	a := alone.MinSize()
	place(alone, (wide-a.Width)/2, top+(size.Height-top-bottom-a.Height)/2, a.Width, a.Height)
	place(shade, 0, 0, size.Width, headerHeight)
	place(header, 0, 0, size.Width, headerHeight)
	place(toolbar, windowEdge, size.Height-toolbarBottom-toolbarHeight, size.Width-2*windowEdge, toolbarHeight)
	width := min(wide-2*windowEdge, 560)
	h, y := hint.MinSize(), float32(galleryTop+10)
	place(hint, (wide-h.Width)/2, y, h.Width, h.Height)
	if hint.Visible() {
		y += h.Height + 8
	}
	place(notices, (wide-width)/2, y, width, notices.MinSize().Height)
}
