package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// bindKeys makes the window listen to the keyboard. With Control everything works anywhere in a call; plain
// letters work while nothing takes them for text.
//
//	M, Ctrl+D      mute or unmute          L, Ctrl+W, Ctrl+L   leave the call
//	V, Ctrl+E      camera on or off        F, F11              full screen
//	S, Ctrl+S      share or stop           G                   main speaker large or not
//	C              chat                    Ctrl+comma          settings
//	Space          heard as long as held   Escape         out of settings, joining, chat, full screen
func (w *Window) bindKeys() {
	c := w.win.Canvas()
	held := newHeldRune(c)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(w.talk.down)
		d.SetOnKeyUp(func(e *fyne.KeyEvent) {
			held.last = 0
			w.talk.up(e)
		})
	}
	c.SetOnTypedRune(func(r rune) {
		if !held.repeated(r) {
			w.typedRune(r)
		}
	})
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { w.typedKey(e.Name) })
	for key, do := range map[fyne.KeyName]func(){
		fyne.KeyD: w.toggleMicrophone, fyne.KeyE: w.toggleCamera, fyne.KeyS: w.shareByKey,
		fyne.KeyW: w.leaveCall, fyne.KeyL: w.leaveCall, fyne.KeyComma: w.openSettings, fyne.KeyQ: w.Quit,
	} {
		s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
		c.AddShortcut(s, func(fyne.Shortcut) { do() })
	}
}

// typedRune is for letters that nothing else takes.
func (w *Window) typedRune(r rune) {
	if w.call == nil || w.panel != nil {
		return
	}
	w.call.bars.moved = true
	switch r {
	case 'm', 'M':
		w.toggleMicrophone()
	case 'v', 'V':
		w.toggleCamera()
	case 's', 'S':
		w.toggleScreen()
	case 'c', 'C':
		w.call.chat.toggle()
	case 'g', 'G':
		w.toggleArrangement()
	case 'l', 'L':
		w.leaveCall()
	case 'f', 'F':
		w.toggleFullScreen()
	}
}

// typedKey is for keys that nothing else takes.
func (w *Window) typedKey(name fyne.KeyName) {
	if w.call != nil {
		w.call.bars.moved = true
	}
	switch name {
	case fyne.KeyF11:
		w.toggleFullScreen()
	case fyne.KeyEscape:
		switch {
		case w.panel != nil:
			w.closeSettings()
		case w.cancel != nil:
			w.cancelJoin()
		case w.call != nil && w.call.chat.card.Visible():
			w.call.chat.toggle()
		case w.win.FullScreen():
			w.win.SetFullScreen(false)
		}
	}
}

func (w *Window) shareByKey() {
	if w.call != nil {
		w.toggleScreen()
	}
}

func (w *Window) toggleFullScreen() { w.win.SetFullScreen(!w.win.FullScreen()) }

// heldRune recognises the repeats of a key that is held down, where the canvas tells when it is released.
type heldRune struct {
	canvas fyne.Canvas
	tells  bool
	last   rune // 0: released
}

func newHeldRune(c fyne.Canvas) *heldRune {
	_, tells := c.(desktop.Canvas)
	return &heldRune{canvas: c, tells: tells}
}

// repeated tells whether r comes of a key that was not released since. A widget that has the focus does
// not tell of released keys, so then nothing is known.
func (h *heldRune) repeated(r rune) bool {
	if !h.tells || h.canvas.Focused() != nil {
		h.last = 0
		return false
	}
	again := h.last == r
	h.last = r
	return again
}
