package ui

import (
	"context"
	"sync"
)

// worker carries out commands one after the other on a goroutine of its own, so that the window never
// waits for a device or a network. Of commands with the same key only the newest one is kept while it
// waits: somebody who presses a button five times gets the fifth.
type worker struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	queue  []command
	closed bool
	ready  chan struct{} // capacity 1: "look again"
}

// command is something to do. Its context ends when the worker is closed.
type command struct {
	key string // commands of one key replace each other; empty: never replaced
	do  func(context.Context)
}

// newWorker starts a worker; close ends it.
func newWorker() *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{cancel: cancel, ready: make(chan struct{}, 1)}
	w.done.Go(func() { w.run(ctx) })
	return w
}

// enqueue adds a command and returns at once. A waiting command of the same key is dropped, and the new one
// goes to the end. The queue is as long as there are keys; commands without one are few and end things.
// After close it does nothing.
func (w *worker) enqueue(key string, do func(context.Context)) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	if key != "" {
		for i, c := range w.queue {
			if c.key == key {
				w.queue = append(w.queue[:i], w.queue[i+1:]...)
				break
			}
		}
	}
	w.queue = append(w.queue, command{key, do})
	w.mu.Unlock()
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// close drops what waits, cancels the command under way and waits for it. Any number of times.
func (w *worker) close() {
	w.mu.Lock()
	w.closed, w.queue = true, nil
	w.mu.Unlock()
	w.cancel()
	w.done.Wait()
}

func (w *worker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.ready:
		}
		for c, ok := w.next(); ok; c, ok = w.next() {
			c.do(ctx)
		}
	}
}

func (w *worker) next() (command, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return command{}, false
	}
	c := w.queue[0]
	w.queue = w.queue[1:]
	return c, true
}
