package seal

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"confab/conference/signaling"
)

// sendPatience bounds how long the carrier may take for what a session says by itself.
const sendPatience = 5 * time.Second

// session seals what goes through another one. Its goroutine reads that one, and ends with it.
type session struct {
	signaling.Session // the carrier; what is not sealed is its: Self, ICEServers, Err

	secret   *Secret
	room     string
	log      *slog.Logger
	messages chan signaling.Message
	left     chan struct{} // closed by Leave: nobody reads any more
	leave    func()        // closes left, once
	done     chan struct{} // closed when messages is

	mu      sync.Mutex
	who     State
	peers   map[signaling.PeerID]*peer
	offline bool
}

// letter is something to be sent once the lock is given back.
type letter struct {
	to     signaling.PeerID
	signal signaling.Signal
}

// result is what handling something leads to, in this order: what is sent, then what the reader is told.
type result struct {
	letters  []letter
	messages []signaling.Message
}

func newSession(inner signaling.Session, secret *Secret, room string, who State, log *slog.Logger) *session {
	s := &session{
		Session: inner, secret: secret, room: room, log: log.With("driver", "seal"),
		messages: make(chan signaling.Message), left: make(chan struct{}), done: make(chan struct{}),
		who: who, peers: make(map[signaling.PeerID]*peer),
	}
	s.leave = sync.OnceFunc(func() { close(s.left) })
	go s.run() // ends with the carrier; Leave waits for it
	return s
}

// Present is nobody: see Join.
func (s *session) Present() []signaling.Peer { return nil }

// Messages are those of members that have the key.
func (s *session) Messages() <-chan signaling.Message { return s.messages }

// Send seals a signal. To whoever has not proven to have the key nothing goes.
func (s *session) Send(ctx context.Context, to signaling.PeerID, signal signaling.Signal) error {
	text, err := signal.Encode()
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", signal.Kind, to, err)
	}
	s.mu.Lock()
	sealed, err := s.sealLocked(to, text)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", signal.Kind, to, err)
	}
	return s.Session.Send(ctx, to, sealed)
}

func (s *session) sealLocked(to signaling.PeerID, text []byte) (signaling.Signal, error) {
	p := s.peers[to]
	if p == nil || p.channels[0] == nil {
		return signaling.Signal{}, signaling.ErrNoSuchPeer
	}
	sealed, err := p.channels[0].Seal(text)
	if err != nil {
		return signaling.Signal{}, err
	}
	return p.wrap(sealed), nil
}

// Update tells those who have the key; the carrier learns nothing.
func (s *session) Update(ctx context.Context, name string, m signaling.Metadata) error {
	select {
	case <-s.done:
		return fmt.Errorf("update: %w", signaling.ErrLeft)
	default:
	}
	s.mu.Lock()
	s.who = State{Name: signaling.CleanName(name), Metadata: m}
	var r result
	for _, p := range s.peers {
		s.tellStateLocked(&r, p)
	}
	offline := s.offline
	s.mu.Unlock()
	if offline {
		return nil // told when the path is back
	}
	s.send(ctx, r.letters)
	return nil
}

// tellStateLocked tells a member who we are.
func (s *session) tellStateLocked(r *result, p *peer) {
	if p.channels[0] == nil {
		return
	}
	if signal, err := s.sealLocked(p.told.ID, s.who.encode()); err == nil { // it is small
		r.letters = append(r.letters, letter{p.told.ID, signal})
	}
}

// Leave says good-bye by the carrier.
func (s *session) Leave(ctx context.Context) error {
	s.leave()
	err := s.Session.Leave(ctx)
	<-s.done // the carrier is over
	return err
}

// run reads the carrier until it ends.
func (s *session) run() {
	defer close(s.done)
	defer close(s.messages)
	clock := time.NewTicker(helloInterval / 3)
	defer clock.Stop()
	now := time.Now()
	s.mu.Lock()
	for _, p := range s.Session.Present() {
		s.peers[p.ID] = s.waitLocked(newPeer(p, true), now) // their hello is on its way
	}
	s.mu.Unlock()
	for {
		var r result
		select {
		case m, ok := <-s.Session.Messages():
			if !ok {
				return
			}
			r = s.message(m)
		case now := <-clock.C:
			r = s.tick(now)
		}
		s.deliver(r)
	}
}

// deliver sends and tells. Who left is told nothing any more.
func (s *session) deliver(r result) {
	s.send(context.Background(), r.letters)
	for _, m := range r.messages {
		select {
		case s.messages <- m:
		case <-s.left:
		}
	}
}

// send passes letters on. What does not go out is said again by the clock, or when the path is back.
func (s *session) send(ctx context.Context, letters []letter) {
	if len(letters) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	for _, l := range letters {
		if err := s.Session.Send(ctx, l.to, l.signal); err != nil {
			s.log.Debug("sealed signal not sent", "peer", l.to, "err", err)
		}
	}
}
