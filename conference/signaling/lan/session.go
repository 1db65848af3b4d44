package lan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"confab/conference/signaling"
)

// maxUnread is how many messages may wait for the session's reader; one more ends the session.
const maxUnread = 1024

// session is what others hold of a loop.
type session struct {
	self     signaling.PeerID
	messages chan signaling.Message // capacity maxUnread: the loop must not wait for its reader
	orders   chan order
	cancel   context.CancelFunc // ends the loop without good-bye
	joined   chan struct{}      // closed by the loop when we are in the room
	done     chan struct{}      // closed by the loop, its last act

	present []signaling.Peer      // set before joined is closed
	err     atomic.Pointer[error] // set before messages is closed
}

// order is something for the loop to do.
type order struct {
	do    func(*loop) error
	reply chan error // capacity 1: the loop must not wait
}

// Join enters a room: it asks who is there, connects to everybody who is, and returns when it has or when
// nobody answers. Errors wrap those of package signaling, [ErrNobody], [ErrOtherRoom] or [ErrNoNetwork].
func (d *driver) Join(ctx context.Context, room string, self signaling.Peer) (signaling.Session, error) {
	room, err := signaling.CleanRoom(room)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	self.ID, self.Name, self.Away = d.self.id, signaling.CleanName(self.Name), false
	s, err := d.start(ctx, room, self)
	if err != nil {
		return nil, fmt.Errorf("join room %q: %w", room, err)
	}
	select {
	case <-s.joined:
		return s, nil
	case <-s.done:
		err = s.Err()
	case <-ctx.Done():
		s.cancel()
		<-s.done
		err = ctx.Err()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
		}
	}
	return nil, fmt.Errorf("join room %q: %w", room, err)
}

// start opens what a session needs and starts its loop.
func (d *driver) start(ctx context.Context, room string, self signaling.Peer) (*session, error) {
	listener, err := d.network.system.Listen(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: listen: %w", ErrNoNetwork, err)
	}
	running, cancel := context.WithCancel(context.Background()) // the session outlives the joining
	s := &session{
		self:     self.ID,
		messages: make(chan signaling.Message, maxUnread),
		orders:   make(chan order),
		cancel:   cancel,
		joined:   make(chan struct{}),
		done:     make(chan struct{}),
	}
	l := newLoop(d, s, room, self, listener)
	go l.run(running) // Leave waits for it
	return s, nil
}

func (s *session) Self() signaling.PeerID             { return s.self }
func (s *session) Present() []signaling.Peer          { return slices.Clone(s.present) }
func (s *session) ICEServers() []signaling.ICEServer  { return nil }
func (s *session) Messages() <-chan signaling.Message { return s.messages }

// Err is why the session is over, nil while it lives and after Leave.
func (s *session) Err() error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Send passes a signal on. What is for somebody who is away waits for them; if too much does, or nobody
// of that ID is in the room, a Refused message follows.
func (s *session) Send(ctx context.Context, to signaling.PeerID, signal signaling.Signal) error {
	data, err := signal.Encode()
	if err == nil {
		err = s.order(ctx, func(l *loop) error { return l.send(to, data) })
	}
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", signal.Kind, to, err)
	}
	return nil
}

// Update tells the others, at once or when they are back.
func (s *session) Update(ctx context.Context, name string, m signaling.Metadata) error {
	err := s.order(ctx, func(l *loop) error {
		l.update(signaling.CleanName(name), m)
		return nil
	})
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

// Leave says good-bye and waits until the others have heard it, for half a second and within ctx; the
// session is over in any case.
func (s *session) Leave(ctx context.Context) error {
	err := s.order(ctx, func(l *loop) error {
		l.leave()
		return nil
	})
	if err != nil {
		s.cancel() // it is over, or nobody waits
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		s.cancel()
		<-s.done
	}
	return nil
}

// order has the loop do something, and gives its answer.
func (s *session) order(ctx context.Context, f func(*loop) error) error {
	o := order{f, make(chan error, 1)}
	select {
	case <-s.done:
		return signaling.ErrLeft
	default:
	}
	select {
	case s.orders <- o:
		return <-o.reply
	case <-s.done:
		return signaling.ErrLeft
	case <-ctx.Done():
		return ctx.Err()
	}
}
