package memory

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"sync"

	"confab/conference/signaling"
)

type driver struct {
	hub      *Hub
	id       signaling.PeerID
	password string
}

// session is one member of a room. Its goroutine passes on what the inbox holds, and ends with it.
type session struct {
	hub      *Hub
	room     string
	id       signaling.PeerID
	present  []signaling.Peer
	messages chan signaling.Message
	ready    chan struct{} // capacity 1: the inbox or over has changed
	left     chan struct{} // closed by Leave: nobody reads any more
	leave    func()        // closes left, once
	done     chan struct{} // closed when messages is

	// guarded by hub.mu
	self    signaling.Peer
	inbox   []signaling.Message
	away    bool
	expired bool // away for so long that the others were told that we are gone
	missed  []signaling.Message
	known   []signaling.Peer // the others, when the path was cut
	told    signaling.Peer   // what the others knew of us, when the path was cut
	over    bool
	err     error
}

// Join enters a room; the first password given for it is the room's.
func (d *driver) Join(ctx context.Context, name string, self signaling.Peer) (signaling.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	name, err := signaling.CleanRoom(name)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	self.ID, self.Name, self.Away = d.id, signaling.CleanName(self.Name), false
	s := &session{
		hub: d.hub, room: name, id: d.id, self: self,
		messages: make(chan signaling.Message),
		ready:    make(chan struct{}, 1), left: make(chan struct{}), done: make(chan struct{}),
	}
	s.leave = sync.OnceFunc(func() { close(s.left) })
	if err := d.hub.enter(s, d.password); err != nil {
		return nil, fmt.Errorf("join room %q: %w", name, err)
	}
	go s.run() // ends with the session; Leave waits for it
	return s, nil
}

// enter puts a session into its room; an older one of the same key ends.
func (h *Hub) enter(s *session, password string) error {
	h.mu.Lock()
	defer h.unlock()
	if r := h.rooms[s.room]; r != nil && subtle.ConstantTimeCompare([]byte(r.password), []byte(password)) == 0 {
		return signaling.ErrUnauthorized
	}
	for _, r := range h.rooms {
		if old := r.find(s.id); old != nil {
			h.removeLocked(old, "replaced", signaling.ErrReplaced)
			break
		}
	}
	r := h.rooms[s.room]
	if r == nil {
		r = &room{password: password}
		h.rooms[s.room] = r
	}
	s.present = r.others(s)
	r.tell(s, signaling.PeerJoined{Peer: s.self})
	r.members = append(r.members, s)
	return nil
}

func (s *session) Self() signaling.PeerID             { return s.id }
func (s *session) Present() []signaling.Peer          { return slices.Clone(s.present) }
func (s *session) ICEServers() []signaling.ICEServer  { return nil }
func (s *session) Messages() <-chan signaling.Message { return s.messages }

// Send passes a signal on; to somebody who is not there, or misses too much already, the answer is a
// Refused message, as a server's would be.
func (s *session) Send(ctx context.Context, to signaling.PeerID, signal signaling.Signal) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("send to %s: %w", to, err)
	}
	data, err := signal.Encode()
	if err != nil {
		return fmt.Errorf("send to %s: %w", to, err)
	}
	copied, err := signaling.ParseSignal(data) // the receiver must not share memory with us
	if err != nil {
		return fmt.Errorf("send to %s: %w", to, err)
	}
	s.hub.mu.Lock()
	filter, state := s.hub.filter, s.stateLocked()
	s.hub.mu.Unlock()
	if state != nil {
		return fmt.Errorf("send to %s: %w", to, state)
	}
	if filter != nil && !filter(s.id, to, copied) {
		return nil
	}
	s.hub.pass(s, to, copied)
	return nil
}

// pass puts a signal into the inbox of another member.
func (h *Hub) pass(s *session, to signaling.PeerID, signal signaling.Signal) {
	h.mu.Lock()
	defer h.unlock()
	r := h.rooms[s.room]
	if r == nil || s.over {
		return
	}
	t := r.find(to)
	switch {
	case t == nil || t == s || t.expired:
		s.hear(signaling.Refused{To: to, Err: signaling.ErrNoSuchPeer})
	case t.away && len(t.missed) >= maxMissed:
		s.hear(signaling.Refused{To: to, Err: signaling.ErrRateLimited})
	default:
		t.hear(signaling.Received{From: s.id, Signal: signal})
	}
}

// Update tells the others, or remembers it while the path is cut.
func (s *session) Update(ctx context.Context, name string, m signaling.Metadata) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	h := s.hub
	h.mu.Lock()
	defer h.unlock()
	if s.over {
		return fmt.Errorf("update: %w", signaling.ErrLeft)
	}
	s.self.Name, s.self.Metadata = signaling.CleanName(name), m
	if !s.away {
		h.rooms[s.room].tell(s, signaling.PeerUpdated{Peer: s.self})
	}
	return nil
}

// Leave tells the others and ends the session's goroutine.
func (s *session) Leave(context.Context) error {
	s.hub.mu.Lock()
	s.hub.removeLocked(s, "leave", nil)
	s.hub.unlock()
	s.leave()
	<-s.done
	return nil
}

// Err is why the session is over: nil while it lives and after Leave.
func (s *session) Err() error {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.err
}

// stateLocked is why nothing can be sent now.
func (s *session) stateLocked() error {
	switch {
	case s.over:
		return signaling.ErrLeft
	case s.away:
		return signaling.ErrInterrupted
	}
	return nil
}

// run passes the inbox on until the session is over; what came before its end is still delivered,
// except after Leave.
func (s *session) run() {
	defer close(s.done)
	defer close(s.messages)
	for {
		select {
		case <-s.left:
			return
		case <-s.ready:
		}
		s.hub.mu.Lock()
		inbox, over := s.inbox, s.over
		s.inbox = nil
		s.hub.mu.Unlock()
		for _, m := range inbox {
			select {
			case <-s.left:
				return
			case s.messages <- m:
			}
		}
		if over {
			return
		}
	}
}

// hear puts a message where it belongs: the inbox, or what is replayed later. The hub's lock is held.
func (s *session) hear(m signaling.Message) {
	switch {
	case s.over, s.expired:
	case s.away:
		s.missed = append(s.missed, m)
	default:
		s.put(m)
	}
}

// put appends to the inbox; an inbox that nobody reads ends the session. The hub's lock is held.
func (s *session) put(m signaling.Message) {
	if len(s.inbox) >= maxUnread {
		s.hub.removeLocked(s, "lost", signaling.ErrTooSlow)
		return
	}
	s.inbox = append(s.inbox, m)
	s.hub.dirty = append(s.hub.dirty, s)
}

// back ends an interruption. The hub's lock is held.
func (s *session) back() {
	s.away, s.self.Away, s.expired, s.missed = false, false, false, nil
}
