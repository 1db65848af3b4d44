package ui

import "fyne.io/fyne/v2"

// Measures of the lobby in device-independent pixels.
const (
	windowEdge   = 16
	headerHeight = 56
	lobbyTop     = 96  // of preview and form, where there is room
	lobbyGap     = 16  // between the preview and what is below it
	plateRoom    = 170 // for the name on the preview, beside which the button stands where that is small
)

// lobbyLayout places the lobby's ten parts: title, settings, preview, the button over it, the two switches, the
// cards of microphone, camera and speakers, and the form. It fits from 768 x 544 up.
type lobbyLayout struct{}

// MinSize is the least size in which nothing overlaps.
func (lobbyLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(768, 544) }

// Layout places the parts.
func (lobbyLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	title, gear, preview, turnOn, mic, camera := o[0], o[1], o[2], o[3], o[4], o[5]
	microphones, cameras, speakers, form := o[6], o[7], o[8], o[9]

	height := title.MinSize().Height
	place(title, windowEdge, (headerHeight-height)/2, title.MinSize().Width, height)
	g := gear.MinSize()
	place(gear, size.Width-windowEdge-g.Width, (headerHeight-g.Height)/2, g.Width, g.Height)

	side := between(size.Width*0.044, windowEdge, 56)
	gap := between(size.Width/32, windowEdge, 40)
	right := between(size.Width*0.353, 300, 452)
	left := size.Width - 2*side - gap - right

	// The form takes the height it needs, the preview's column the same at least.
	const controls = lobbyGap + 52 + lobbyGap + 44
	room := size.Height - headerHeight - windowEdge
	picture := min(left*9/16, room-controls)
	block := min(max(picture+controls, form.MinSize().Height), room)
	top := max(headerHeight, min(lobbyTop, size.Height-windowEdge-block))

	place(preview, side, top, left, picture)
	b := turnOn.MinSize()
	place(turnOn, side+max((left-b.Width)/2, plateRoom), top+picture-b.Height-windowEdge, b.Width, b.Height)
	y := top + picture + lobbyGap
	m, c := mic.MinSize(), camera.MinSize()
	place(mic, side, y, m.Width, 52)
	place(camera, side+m.Width+10, y, c.Width, 52)
	x := side + m.Width + c.Width + 20
	cards := side + left - x - 10
	place(microphones, x, y, cards*0.55, 52)
	place(cameras, x+cards*0.55+10, y, cards*0.45, 52)
	y += 52 + lobbyGap
	place(speakers, side, y, left, 44)
	place(form, side+left+gap, top, right, block)
}

// pairLayout stands two objects upon each other, the lower one in the middle of the room that is left.
type pairLayout struct{}

// MinSize is that of both.
func (pairLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}

// Layout places them.
func (pairLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	first, second := o[0].MinSize().Height, o[1].MinSize().Height
	place(o[0], 0, 0, size.Width, first)
	place(o[1], 0, first+max(0, (size.Height-first-second)/2), size.Width, second)
}

// speakersLayout stands the choice of speakers and the button that tries them side by side, and at the right end the
// marks of what is done to the microphone's sound, where there is room for them.
type speakersLayout struct{}

// MinSize is that of choice and button.
func (speakersLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+lobbyGap+b.Width, max(a.Height, b.Height))
}

// Layout places them.
func (speakersLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const choice = 180
	button, mark := o[1].MinSize(), o[2].MinSize()
	rest := size.Width - button.Width - lobbyGap - mark.Width - lobbyGap
	room := rest >= choice
	setVisible(o[2], room)
	if !room {
		rest = size.Width - button.Width - lobbyGap
	}
	place(o[0], 0, 0, rest, size.Height)
	place(o[1], rest+lobbyGap, (size.Height-button.Height)/2, button.Width, button.Height)
	place(o[2], size.Width-mark.Width, (size.Height-mark.Height)/2, mark.Width, mark.Height)
}

// place moves and resizes an object.
func place(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(0, width), max(0, height)))
}

// between is v, but at least low and at most high.
func between(v, low, high float32) float32 { return min(max(v, low), high) }
