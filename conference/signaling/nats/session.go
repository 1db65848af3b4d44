package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

// maxUnread is how many messages may wait for the session's reader; one more ends the session.
const maxUnread = 1024

// joinWait bounds a join, whatever the caller's context says.
const joinWait = 15 * time.Second

// session is what others hold of a loop.
type session struct {
	settings settings
	self     signaling.PeerID
	messages chan signaling.Message // capacity maxUnread: the loop must not wait for its reader
	orders   chan order
	cancel   context.CancelFunc // ends the loop without good-bye
	done     chan struct{}      // closed by the loop, its last act
	err      atomic.Pointer[error]
}

// order is something for the loop to do.
type order struct {
	do    func(*loop) error
	reply chan error // capacity 1: the loop must not wait
}

// Join enters a room. It returns as soon as the server has heard that we are there; who is in the room is
// told as PeerJoined. It ends with ctx, after 15 s at the latest. Errors wrap those of package signaling,
// ErrPlain, ErrLogin or ErrForbidden.
func (d *driver) Join(ctx context.Context, room string, self signaling.Peer) (signaling.Session, error) {
	room, err := signaling.CleanRoom(room)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	s, err := d.join(ctx, room, self)
	if err != nil {
		return nil, fmt.Errorf("join room %q: %w", room, err)
	}
	return s, nil
}

func (d *driver) join(ctx context.Context, room string, self signaling.Peer) (*session, error) {
	var words dialect
	var err error
	if d.settings.first {
		words, err = newFirst(d.settings, room, d.secret)
	} else {
		words, err = newModern(d.settings, room)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, joinWait)
	defer cancel()
	b, err := connect(ctx, d.settings, words.subjects(), d.log)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, fmt.Errorf("%w: no answer: %w", signaling.ErrUnreachable, err)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	s := start(d.settings, words, b, self, d.log.With("room", room))
	b.flush(ctx) // whoever joins from now on comes after us
	return s, nil
}

// start makes a session of a room that was entered.
func start(o settings, words dialect, b bus, self signaling.Peer, log *slog.Logger) *session {
	ctx, cancel := context.WithCancel(context.Background()) // the session outlives the joining
	s := &session{
		settings: o,
		self:     words.id(),
		messages: make(chan signaling.Message, maxUnread),
		orders:   make(chan order),
		cancel:   cancel,
		done:     make(chan struct{}),
	}
	self.ID, self.Name, self.Away = s.self, signaling.CleanName(self.Name), false
	l := newLoop(s, words, b, self, log)
	l.announce(time.Now())
	go l.run(ctx) // Leave waits for it
	return s
}

func (s *session) Self() signaling.PeerID             { return s.self }
func (s *session) Present() []signaling.Peer          { return nil } // told as PeerJoined: nobody keeps a list
func (s *session) ICEServers() []signaling.ICEServer  { return nil }
func (s *session) Messages() <-chan signaling.Message { return s.messages }

// Err is why the session is over, nil while it lives and after Leave.
func (s *session) Err() error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Send passes a signal on: to a Confab as it is, to a foreign member in Peerix' words.
func (s *session) Send(ctx context.Context, to signaling.PeerID, signal signaling.Signal) error {
	err := signal.Check()
	if err == nil {
		err = s.order(ctx, func(l *loop) error { return l.send(to, signal) })
	}
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", signal.Kind, to, err)
	}
	return nil
}

// Update tells the Confabs, at once or when the path is back. Peerix knows no such thing.
func (s *session) Update(ctx context.Context, name string, m signaling.Metadata) error {
	err := s.order(ctx, func(l *loop) error {
		l.self.Name, l.self.Metadata = signaling.CleanName(name), m
		l.greetAll()
		return nil
	})
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

// Leave says good-bye and waits until the server has it, for half a second and within ctx; the session is
// over in any case.
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

// TunnelOpened implements [signaling.Tunneler].
func (s *session) TunnelOpened(peer signaling.PeerID, conn signaling.ConnID, t signaling.Tunnel) {
	s.tell(func(l *loop) { l.tunnelOpened(peer, conn, t) })
}

// TunnelHeard implements [signaling.Tunneler].
func (s *session) TunnelHeard(peer signaling.PeerID, conn signaling.ConnID, data []byte) {
	s.tell(func(l *loop) { l.tunnelHeard(peer, conn, data) })
}

// TunnelClosed implements [signaling.Tunneler].
func (s *session) TunnelClosed(peer signaling.PeerID, conn signaling.ConnID) {
	s.tell(func(l *loop) { l.tunnelClosed(peer, conn) })
}

// Framing implements [signaling.Tunneler]: Peerix 0.5 to 0.7 puts text into transfers.
func (s *session) Framing(signaling.PeerID) signaling.Framing {
	if s.settings.first {
		return nil
	}
	return peerix.NewTexts(maxText)
}

// maxText bounds a text that arrives in pieces, in bytes.
const maxText = 64 << 10

// tell gives the loop news that nobody waits for.
func (s *session) tell(f func(*loop)) {
	_ = s.order(context.Background(), func(l *loop) error { // an error says that it is over
		f(l)
		return nil
	})
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
