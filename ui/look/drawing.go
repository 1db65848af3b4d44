package look

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// drawing is the renderer of every widget here. The objects belong to the widget, because Fyne forgets
// the renderer of a widget that has not been on the screen for a minute, and asks for a new one.
type drawing struct {
	of      fyne.Widget
	objects []fyne.CanvasObject
	place   func(fyne.Size)  // puts the objects where they belong
	least   func() fyne.Size // the smallest size that shows everything
	recolor func()           // takes colours and texts anew
}

// render completes a drawing and gives the objects their colours.
func render(d drawing) fyne.WidgetRenderer {
	d.recolor()
	return &d
}

// Layout places the objects within size.
func (d *drawing) Layout(size fyne.Size) { d.place(size) }

// MinSize is the smallest size that shows everything.
func (d *drawing) MinSize() fyne.Size { return d.least() }

// Objects are what is drawn, the lowest first.
func (d *drawing) Objects() []fyne.CanvasObject { return d.objects }

// Refresh takes colours anew, places the objects again and asks for a repaint.
func (d *drawing) Refresh() {
	d.recolor()
	d.place(d.of.Size())
	canvas.Refresh(d.of)
}

// Destroy has nothing to give back.
func (d *drawing) Destroy() {}

// put moves and resizes an object.
func put(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(0, width), max(0, height)))
}

// putText places a text so that its line box is centred on height and starts at x.
func putText(t *canvas.Text, x, y, height float32) {
	size := t.MinSize()
	put(t, x, y+(height-size.Height)/2, size.Width, size.Height)
}

// rounded is the nearest whole number.
func rounded(x float32) float32 { return float32(math.Round(float64(x))) }

// show makes an object visible or not; it does nothing when it already is so.
func show(o fyne.CanvasObject, visible bool) {
	switch {
	case o.Visible() == visible:
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}

// shorten is s, or as much of it as fits width with an ellipsis, in the text's size and style; empty
// where not even the ellipsis fits.
func shorten(s string, width, size float32, style fyne.TextStyle) string {
	if fyne.MeasureText(s, size, style).Width <= width {
		return s
	}
	runes := []rune(s)
	if len(runes) == 0 {
		return ""
	}
	low, high := 0, len(runes)-1 // the longest head that fits has low to high runes
	for low < high {
		middle := (low + high + 1) / 2
		if fyne.MeasureText(string(runes[:middle])+"…", size, style).Width <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	if low == 0 && fyne.MeasureText("…", size, style).Width > width {
		return ""
	}
	return string(runes[:low]) + "…"
}
