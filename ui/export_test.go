package ui

import "fyne.io/fyne/v2"

// Hold presses a key and keeps it down, which the canvas of tests has no way for; let goes lets it go.
func (w *Window) Hold(key fyne.KeyName) (letGo func()) {
	w.talk.down(&fyne.KeyEvent{Name: key})
	return func() { w.talk.up(&fyne.KeyEvent{Name: key}) }
}
