package ui

import (
	"fyne.io/fyne/v2"

	"confab/conference"
)

// talk lets somebody who is muted be heard while they hold Space. Whatever ends the holding mutes again:
// the key, another window, a field that takes the key, the settings.
type talk struct {
	w    *Window
	held bool
}

// down is a key that goes down where nothing else takes it.
func (t *talk) down(e *fyne.KeyEvent) {
	w := t.w
	if e.Name != fyne.KeySpace || w.call == nil || t.taken() || !w.settings.SpaceTalks || w.studio.wanted(conference.Microphone) {
		return
	}
	w.toggleMicrophone()
	t.held = true
}

// up is a key that is let go.
func (t *talk) up(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		t.release()
	}
}

// tick notices when the key is not ours any more: then nobody tells that it is let go.
func (t *talk) tick() {
	if t.taken() {
		t.release()
	}
}

// taken tells whether keys go elsewhere.
func (t *talk) taken() bool {
	c := t.w.win.Canvas()
	return t.w.panel != nil || c.Focused() != nil || c.Overlays().Top() != nil
}

// release mutes again, unless the user has muted or unmuted by other means meanwhile.
func (t *talk) release() {
	if t.held {
		t.w.toggleMicrophone()
	}
}
