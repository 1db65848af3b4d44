package ui

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// Sizes of the window.
const (
	windowWidth  = 1280
	windowHeight = 800
	titleHeight  = 40 // of the frame that most systems give a window, at least
)

// fit makes a window that has just been shown no larger than the screen, or else its lower edge, where the
// buttons are, would be out of sight on a small one. It must be called on the main goroutine.
func fit(w fyne.Window) {
	m := glfw.GetPrimaryMonitor()
	if m == nil {
		return
	}
	_, _, width, height := m.GetWorkarea() // in pixels, or points where windows are measured in them, as Fyne's scale is
	if width == 0 || height == 0 {
		return // Wayland's do not tell
	}
	scale := w.Canvas().Scale()
	room, size := fyne.NewSize(float32(width)/scale, float32(height)/scale), w.Canvas().Size()
	if size.Width > room.Width || size.Height > room.Height {
		w.Resize(size.Min(room.SubtractWidthHeight(0, titleHeight)))
	}
}
