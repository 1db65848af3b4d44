package conference

import "sync"

// queue is what an owner goroutine takes its work from. Putting never blocks. It is not bounded by
// itself: whoever lets others put into it (see loop.fromPeer) bounds what they may.
type queue struct {
	ready chan struct{} // capacity 1: "look again"

	mu     sync.Mutex
	work   []func()
	closed bool
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// put adds f, unless the queue is closed.
func (q *queue) put(f func()) bool {
	q.mu.Lock()
	ok := !q.closed
	if ok {
		q.work = append(q.work, f)
	}
	q.mu.Unlock()
	if ok {
		select {
		case q.ready <- struct{}{}:
		default:
		}
	}
	return ok
}

// take gives all that waits, in order.
func (q *queue) take() []func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	work := q.work
	q.work = nil
	return work
}

// close makes further puts fail and gives what still waits.
func (q *queue) close() []func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	work := q.work
	q.work = nil
	return work
}
