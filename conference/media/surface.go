package media

import (
	"image"
	"sync"
)

// Surface hands pictures from one decoder to one window through three buffers: the decoder draws into
// the back one, the newest finished one is ready, the window shows the front one. Nobody waits, nothing
// is copied, and a shown picture is never written to. The zero value is ready.
type Surface struct {
	back  *image.RGBA // owned by the decoder's goroutine
	front *image.RGBA // owned by the UI goroutine

	mu    sync.Mutex
	ready *image.RGBA // the newest picture if fresh, else one to draw over
	fresh bool
}

// Back is the picture to draw next, of the given size in pixels, tight (stride 4*width, origin 0,0).
// It belongs to the decoder's goroutine until Publish; its content is undefined.
func (s *Surface) Back(width, height int) *image.RGBA {
	if s.back == nil || s.back.Rect.Dx() != width || s.back.Rect.Dy() != height {
		s.back = image.NewRGBA(image.Rect(0, 0, width, height))
	}
	return s.back
}

// Publish makes the back picture the ready one; a ready one that nobody took is drawn over next.
// It is for the decoder's goroutine only.
func (s *Surface) Publish() {
	s.mu.Lock()
	s.back, s.ready, s.fresh = s.ready, s.back, true
	s.mu.Unlock()
}

// Take gives the newest picture, nil before the first, and whether it is new since the last Take.
// It is for the UI goroutine only; img stays whole until the next Take.
func (s *Surface) Take() (img *image.RGBA, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fresh = s.fresh; fresh {
		s.front, s.ready, s.fresh = s.ready, s.front, false
	}
	return s.front, fresh
}
