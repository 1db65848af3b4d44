package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

const meterHeight = 8

// Meter is a level as a bar: the microphone's, or how much of a file has arrived.
type Meter struct {
	widget.BaseWidget

	level float32
	color fyne.ThemeColorName
	track *canvas.Rectangle
	bar   *canvas.Rectangle
}

// NewMeter makes a green meter at 0.
func NewMeter() *Meter {
	m := &Meter{color: Speaking, track: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil)}
	m.track.CornerRadius, m.bar.CornerRadius = meterHeight/2, meterHeight/2
	m.ExtendBaseWidget(m)
	return m
}

// SetLevel shows a level of 0 to 1; what lies outside is cut off.
func (m *Meter) SetLevel(level float64) {
	if !(level > 0) { // also what is no number
		level = 0
	}
	if l := float32(min(level, 1)); l != m.level {
		m.level = l
		m.place(m.Size())
		canvas.Refresh(m.bar)
	}
}

// Level is the level shown.
func (m *Meter) Level() float64 { return float64(m.level) }

// SetColor changes the colour of the bar.
func (m *Meter) SetColor(name fyne.ThemeColorName) {
	m.color = name
	m.Refresh()
}

// CreateRenderer is for Fyne.
func (m *Meter) CreateRenderer() fyne.WidgetRenderer {
	return render(drawing{
		of: m, objects: []fyne.CanvasObject{m.track, m.bar}, place: m.place,
		least:   func() fyne.Size { return fyne.NewSize(40, meterHeight) },
		recolor: m.recolor,
	})
}

func (m *Meter) place(size fyne.Size) {
	y := (size.Height - meterHeight) / 2
	put(m.track, 0, y, size.Width, meterHeight)
	width := size.Width * m.level
	show(m.bar, width >= 1)
	put(m.bar, 0, y, max(width, min(meterHeight, size.Width)), meterHeight)
}

func (m *Meter) recolor() {
	m.track.FillColor, m.bar.FillColor = Color(Raised), Color(m.color)
}
