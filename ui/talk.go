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
	t.held = true
	w.toggleMicrophone()
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

// release mutes again, unless somebody has done so meanwhile.
func (t *talk) release() {
	if held := t.held; held && t.w.studio.wanted(conference.Microphone) {
		t.w.toggleMicrophone()
	}
	t.held = false
}
