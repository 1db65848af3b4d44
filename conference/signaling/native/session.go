package native

import (
	"context"
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
	present  []signaling.Peer
	messages chan signaling.Message // capacity maxUnread: the loop must not wait for its reader
	orders   chan func(context.Context, *loop)
	cancel   context.CancelFunc // ends the loop without good-bye
	done     chan struct{}      // closed by the loop, its last act

	iceServers atomic.Pointer[[]signaling.ICEServer]
	link       atomic.Pointer[link]  // nil: interrupted, or over
	err        atomic.Pointer[error] // set before messages is closed
}

// newSession starts the loop of a room that was entered.
func newSession(d *driver, e entry, k *link, in entered) *session {
	ctx, cancel := context.WithCancel(context.Background()) // the session outlives the joining
	s := &session{
		self:     in.welcome.You,
		present:  in.members,
		messages: make(chan signaling.Message, maxUnread),
		orders:   make(chan func(context.Context, *loop)),
		cancel:   cancel,
		done:     make(chan struct{}),
	}
	l := newLoop(d, s, e)
	l.enter(k, in)
	go l.run(ctx) // Leave waits for it
	return s
}

func (s *session) Self() signaling.PeerID             { return s.self }
func (s *session) Present() []signaling.Peer          { return slices.Clone(s.present) }
func (s *session) ICEServers() []signaling.ICEServer  { return *s.iceServers.Load() }
func (s *session) Messages() <-chan signaling.Message { return s.messages }

// Err is why the session is over, nil while it lives and after Leave.
func (s *session) Err() error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Send passes a signal to the server. It waits while 256 messages wait for the network already.
func (s *session) Send(ctx context.Context, to signaling.PeerID, signal signaling.Signal) error {
	data, err := signal.Encode()
	if err == nil {
		err = s.send(ctx, outSignal{Type: "signal", To: to, Conn: signal.Conn, Data: data})
	}
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", signal.Kind, to, err)
	}
	return nil
}

func (s *session) send(ctx context.Context, message any) error {
	select {
	case <-s.done:
		return signaling.ErrLeft
	default:
	}
	k := s.link.Load()
	if k == nil {
		return signaling.ErrInterrupted
	}
	return k.send(ctx, message)
}

// Update tells the others, at once or when the path is back.
func (s *session) Update(ctx context.Context, name string, m signaling.Metadata) error {
	err := s.order(ctx, func(ctx context.Context, l *loop) { l.update(ctx, signaling.CleanName(name), m) })
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

// Leave says good-bye and waits for the answer, for 2 s and within ctx; the session is over in any case.
func (s *session) Leave(ctx context.Context) error {
	if err := s.order(ctx, func(ctx context.Context, l *loop) { l.leave(ctx) }); err != nil {
		s.cancel() // nobody could be told, or the session is over
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		s.cancel()
		<-s.done
	}
	return nil
}

// order has the loop do something.
func (s *session) order(ctx context.Context, f func(context.Context, *loop)) error {
	select {
	case s.orders <- f:
		return nil
	case <-s.done:
		return signaling.ErrLeft
	case <-ctx.Done():
		return ctx.Err()
	}
}
