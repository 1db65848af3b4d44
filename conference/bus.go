package conference

import (
	"context"
	"sync"
)

// subscriberQueue is how many events wait for one reader before the oldest are lost.
const subscriberQueue = 1024

// bus hands each event to every subscriber that wants it.
type bus struct {
	tasks sync.WaitGroup

	mu          sync.Mutex
	closed      bool
	early       *subscriber // keeps what happens before anybody could subscribe; nil once somebody has
	subscribers map[*subscriber]struct{}
}

// subscriber is one reader's queue.
type subscriber struct {
	topics []string
	ready  chan struct{} // capacity 1: "look again"

	mu      sync.Mutex
	waiting []Event
	missed  int
	changed bool // a Changed waits
	ended   bool // no more events will come
}

func newBus() *bus {
	return &bus{early: &subscriber{ready: make(chan struct{}, 1)}, subscribers: make(map[*subscriber]struct{})}
}

// subscribe gives the events of topics from now on, the first subscriber also those of before; the channel is
// closed after ctx or the bus' close.
func (b *bus) subscribe(ctx context.Context, topics []string) <-chan Event {
	s := &subscriber{topics: topics, ready: make(chan struct{}, 1)}
	out := make(chan Event)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.early != nil {
		b.early.handOver(s)
		b.early = nil
	}
	if b.closed {
		s.end()
	}
	b.subscribers[s] = struct{}{}
	b.tasks.Go(func() {
		defer close(out)
		s.deliver(ctx, out)
		b.mu.Lock()
		delete(b.subscribers, s)
		b.mu.Unlock()
	})
	return out
}

// publish hands e on. It never blocks.
func (b *bus) publish(e Event) {
	topic := e.Topic()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.early != nil {
		b.early.put(e)
	}
	for s := range b.subscribers {
		if wanted(s.topics, topic) {
			s.put(e)
		}
	}
}

// close lets the readers have what waits, and ends their channels. It does not wait for them.
func (b *bus) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for s := range b.subscribers {
		s.end()
	}
}

func (s *subscriber) put(e Event) {
	_, isChanged := e.(Changed)
	s.mu.Lock()
	switch {
	case isChanged && s.changed:
	case len(s.waiting) >= subscriberQueue:
		s.missed++
		if _, ok := s.waiting[0].(Changed); ok {
			s.changed = false
		}
		copy(s.waiting, s.waiting[1:])
		s.waiting[len(s.waiting)-1] = e
	default:
		s.waiting = append(s.waiting, e)
	}
	s.changed = s.changed || isChanged
	s.mu.Unlock()
	s.wake()
}

// handOver gives to what waits in s, as far as to wants it.
func (s *subscriber) handOver(to *subscriber) {
	to.missed = s.missed
	for _, e := range s.waiting {
		if wanted(to.topics, e.Topic()) {
			to.put(e)
		}
	}
}

func (s *subscriber) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.wake()
}

func (s *subscriber) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// next gives what the reader gets next; false: nothing now.
func (s *subscriber) next() (e Event, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missed > 0 {
		e = Missed{Count: s.missed}
		s.missed = 0
		return e, false
	}
	if len(s.waiting) == 0 {
		return nil, s.ended
	}
	e = s.waiting[0]
	s.waiting[0] = nil
	s.waiting = s.waiting[1:]
	if _, ok := e.(Changed); ok {
		s.changed = false
	}
	return e, false
}

func (s *subscriber) deliver(ctx context.Context, out chan<- Event) {
	for {
		e, ended := s.next()
		if ended {
			return
		}
		if e == nil {
			select {
			case <-s.ready:
			case <-ctx.Done():
				return
			}
			continue
		}
		select {
		case out <- e:
		case <-ctx.Done():
			return
		}
	}
}
