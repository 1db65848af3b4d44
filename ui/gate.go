package ui

import (
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2"
)

// Gate is the only way from another goroutine to the one that draws. At quit it is closed first: Fyne
// panics or hangs when something is posted to a driver that is ending.
type Gate struct {
	post func(func()) // hands a function to the UI goroutine

	closed atomic.Bool
	mu     sync.RWMutex // held while posting; to close is to hold it alone
}

// NewGate makes an open gate. post hands a function to the UI goroutine and does not wait for it; nil:
// fyne.Do. Tests give one that they empty themselves.
func NewGate(post func(func())) *Gate {
	if post == nil {
		post = fyne.Do
	}
	return &Gate{post: post}
}

// Post has f called on the UI goroutine, soon, and tells whether it will be. After Close it does nothing.
// Posted functions are called in their order. It is for any goroutine but does not wait.
func (g *Gate) Post(f func()) bool {
	g.mu.RLock() // so that Close waits for posts under way
	defer g.mu.RUnlock()
	if g.closed.Load() {
		return false
	}
	g.post(func() { // a driver that has ended calls it at once: it must not ask for the lock
		if !g.closed.Load() {
			f()
		}
	})
	return true
}

// Close lets nothing through any more: not what is posted later, nor what was posted and not yet called.
// Any number of times.
func (g *Gate) Close() {
	g.mu.Lock()
	g.closed.Store(true)
	g.mu.Unlock()
}

// last closes the gate and posts f as the last function to come through.
func (g *Gate) last(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed.Swap(true) {
		g.post(f)
	}
}
