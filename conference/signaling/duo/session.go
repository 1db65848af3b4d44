package duo

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
	self       signaling.PeerID
	iceServers []signaling.ICEServer
	messages   chan signaling.Message // capacity maxUnread: the loop must not wait for its reader
	orders     chan func(*loop)
	cancel     context.CancelFunc // ends the loop without good-bye
	done       chan struct{}      // closed by the loop, its last act
	err        atomic.Pointer[error]
}

func newSession(d *driver, room, name string, in Entrance) *session {
	ctx, cancel := context.WithCancel(context.Background()) // the session outlives the joining
	s := &session{
		self:       in.Self,
		iceServers: in.ICEServers,
		messages:   make(chan signaling.Message, maxUnread),
		orders:     make(chan func(*loop)),
		cancel:     cancel,
		done:       make(chan struct{}),
	}
	if s.self == "" {
		key := d.options.Key
		if key == "" {
			key = signaling.NewKey()
		}
		s.self = signaling.IDFromKey(key)
	}
	l := newLoop(d, s, room, name)
	l.enter(in)
	go l.run(ctx) // Leave waits for it
	return s
}

func (s *session) Self() signaling.PeerID             { return s.self }
func (s *session) Present() []signaling.Peer          { return nil } // told as PeerJoined: it may be us who offer
func (s *session) ICEServers() []signaling.ICEServer  { return slices.Clone(s.iceServers) }
func (s *session) Messages() <-chan signaling.Message { return s.messages }

// Err is why the session is over, nil while it lives and after Leave.
func (s *session) Err() error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Send passes a signal on in the system's words. Negotiate and bye have none.
func (s *session) Send(ctx context.Context, to signaling.PeerID, signal signaling.Signal) error {
	err := signal.Check()
	if err == nil {
		result := make(chan error, 1) // the loop does not wait
		if err = s.order(ctx, func(l *loop) { result <- l.send(to, signal) }); err == nil {
			select {
			case err = <-result:
			case <-s.done:
				err = signaling.ErrLeft
			}
		}
	}
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", signal.Kind, to, err)
	}
	return nil
}

// Update does nothing: these systems tell nobody what we are called or send.
func (s *session) Update(context.Context, string, signaling.Metadata) error {
	select {
	case <-s.done:
		return fmt.Errorf("update: %w", signaling.ErrLeft)
	default:
		return nil
	}
}

// Leave says good-bye and waits for the answer, for 2 s and within ctx; the session is over in any case.
func (s *session) Leave(ctx context.Context) error {
	if err := s.order(ctx, (*loop).leave); err != nil {
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
func (s *session) order(ctx context.Context, f func(*loop)) error {
	select {
	case s.orders <- f:
		return nil
	case <-s.done:
		return signaling.ErrLeft
	case <-ctx.Done():
		return ctx.Err()
	}
}
