package ui

import (
	"time"

	"confab/conference"
)

// settle is how long a view must keep its size before its sender is asked for that size: while a window is
// dragged larger, one wish and not a hundred.
const settle = 150 * time.Millisecond

// want is what a view shows at the moment: its size in pixels, 0 by 0 when it cannot be seen.
type want struct{ width, height int }

func (w want) visible() bool { return w.width > 0 && w.height > 0 }

// wish is what a sender was asked for, for one view. It belongs to the UI goroutine.
type wish struct {
	slot conference.Slot
	told Remote // who was asked; nil: nobody yet
	last want   // what for
	next want   // what the view shows now
	at   time.Time
}

// step takes in what the view shows at an instant and returns whether it is time to ask, which is then done
// by the caller. The first wish to a remote is due at once, one that changes when it has settled.
func (w *wish) step(now time.Time, remote Remote, view want) bool {
	if remote == nil {
		w.told = nil
		return false
	}
	if view != w.next {
		w.next, w.at = view, now
	}
	first := w.told != remote
	if !first && (w.next == w.last || now.Sub(w.at) < settle) {
		return false
	}
	w.told, w.last = remote, w.next
	return true
}
