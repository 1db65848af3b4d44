package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// SetName changes the name on the plate and in the initials.
func (t *Tile) SetName(name string) {
	name = cleaned(name)
	t.avatar.setName(name)
	t.plate.name = name
	t.placeOverlays()
}

// SetNote changes what stands dim after the name, as "(you)" does; empty: nothing.
func (t *Tile) SetNote(note string) {
	t.plate.note = cleaned(note)
	t.placeOverlays()
}

// SetMuted shows or hides the mute mark.
func (t *Tile) SetMuted(muted bool) {
	if t.plate.muted != muted {
		t.plate.muted = muted
		t.placeOverlays()
	}
}

// SetQuality changes the bars of the connection: 1 (bad) to 4 (good); 0: unknown, no bars.
func (t *Tile) SetQuality(bars int) {
	bars = min(max(bars, 0), maxBars)
	if t.plate.quality != bars {
		t.plate.quality = bars
		t.placeOverlays()
	}
}

// SetSpeaking shows or hides the ring.
func (t *Tile) SetSpeaking(speaking bool) {
	if t.speaking != speaking {
		t.speaking = speaking
		show(t.ring, speaking)
		canvas.Refresh(t.ring)
	}
}

// SetInset tells whether the tile lies over another one: it has an edge then, and a smaller plate.
func (t *Tile) SetInset(inset bool) {
	if t.inset != inset {
		t.inset = inset
		show(t.edge, inset)
		t.plate.setSmall(inset)
		t.placeOverlays()
	}
}

// SetStatus lays a veil with a message over the tile ("Reconnecting to Ben", "Their network changed.");
// an empty title takes it away.
func (t *Tile) SetStatus(title, detail string) {
	title, detail = cleaned(title), cleaned(detail)
	if t.veil.title != title || t.veil.detail != detail {
		t.veil.title, t.veil.detail = title, detail
		t.placeOverlays()
	}
}

// SetBadge shows a word in the upper right corner ("Hand up"); empty: none.
func (t *Tile) SetBadge(text string) {
	if text = cleaned(text); t.badge.text != text {
		t.badge.text = text
		t.placeOverlays()
	}
}

// CreateRenderer is for Fyne.
func (t *Tile) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{t.edge, t.ring, t.ground}
	objects = append(objects, t.avatar.objects()...)
	objects = append(objects, t.picture)
	objects = append(objects, t.plate.objects()...)
	objects = append(objects, t.badge.objects()...)
	objects = append(objects, t.veil.objects()...)
	return render(drawing{of: t, objects: objects, place: t.place, least: t.MinSize, recolor: t.recolor})
}

func (t *Tile) place(size fyne.Size) {
	put(t.edge, -insetWidth, -insetWidth, size.Width+2*insetWidth, size.Height+2*insetWidth)
	put(t.ring, -ringWidth, -ringWidth, size.Width+2*ringWidth, size.Height+2*ringWidth)
	put(t.ground, 0, 0, size.Width, size.Height)
	put(t.picture, 0, 0, size.Width, size.Height)
	t.avatar.place(size)
	t.plate.place(size)
	t.badge.place(size)
	t.veil.place(size)
}

// placeOverlays places what lies over the picture anew; the picture itself is not touched, so its
// texture stays.
func (t *Tile) placeOverlays() {
	size := t.Size()
	t.avatar.place(size)
	t.plate.place(size)
	t.badge.place(size)
	t.veil.place(size)
	canvas.Refresh(t.plate.ground) // one repaint of the window shows all of it
}

func (t *Tile) recolor() {
	t.edge.FillColor = Color(Background)
	t.ring.FillColor = Color(Speaking)
	t.ground.FillColor = Color(TileGround)
	t.avatar.recolor()
	t.plate.recolor()
	t.badge.recolor()
	t.veil.recolor()
}
