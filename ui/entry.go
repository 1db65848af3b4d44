package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"confab/ui/look"
)

// entry is a field for text that gives Escape to its window, which a plain one swallows.
type entry struct{ widget.Entry }

// newEntry makes a field of one line, or of as many as are asked for.
func newEntry(lines int) *entry {
	e := &entry{}
	e.ExtendBaseWidget(e)
	if lines > 1 {
		e.MultiLine, e.Wrapping = true, fyne.TextWrapWord
		e.SetMinRowsVisible(lines)
	}
	return e
}

// TypedKey is for Fyne.
func (e *entry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		look.PassKey(e, k)
		return
	}
	e.Entry.TypedKey(k)
}
