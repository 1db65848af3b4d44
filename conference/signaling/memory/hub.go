// Package memory joins rooms inside one process: for tests, and for a call with oneself.
//
// A [Hub] is a world of its own; two hubs know nothing of each other. Its drivers behave as those with a
// server do: signals are encoded and read again, the sender is stamped, messages come in the order in
// which they happened. What a network does to a member is done by the hub's methods Interrupt, Resume,
// Rejoin, Expire, Kick and Filter. Everything works inside a testing/synctest bubble.
package memory

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"confab/conference/signaling"
)

// Limits: what an absent member may miss, and what a present one may leave unread.
const (
	maxMissed = 64
	maxUnread = 1024
)

// Hub holds rooms. Its methods are safe from any goroutine.
type Hub struct {
	mu     sync.Mutex
	rooms  map[string]*room
	filter func(from, to signaling.PeerID, s signaling.Signal) bool
	dirty  []*session // to be woken when the lock is given back
}

type room struct {
	password string
	members  []*session // in the order in which they joined
}

// NewHub makes a hub without rooms.
func NewHub() *Hub { return &Hub{rooms: map[string]*room{}} }

// Open makes a driver; it has the form that [signaling.Registry] wants. The URL is "memory:"; what
// follows the colon does not matter.
func (h *Hub) Open(_ context.Context, _ *url.URL, o signaling.Options) (signaling.Driver, error) {
	if o.Key == "" {
		o.Key = signaling.NewKey()
	}
	if err := signaling.CheckKey(o.Key); err != nil {
		return nil, fmt.Errorf("open memory driver: %w", err)
	}
	return &driver{hub: h, id: signaling.IDFromKey(o.Key), password: o.Password}, nil
}

// Filter decides from now on which signals arrive: those for which keep is true. Nil: all. keep is
// called on the sender's goroutine and may use the hub.
func (h *Hub) Filter(keep func(from, to signaling.PeerID, s signaling.Signal) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.filter = keep
}

// Interrupt cuts a member's path: it hears Interrupted, the others PeerAway. An unknown id, or one
// whose path is cut, does no harm; so in the other methods.
func (h *Hub) Interrupt(id signaling.PeerID) {
	h.change(id, func(r *room, s *session) {
		if s.away {
			return
		}
		s.put(signaling.Interrupted{Err: fmt.Errorf("memory hub: %w", signaling.ErrInterrupted)})
		s.away, s.self.Away, s.known, s.told = true, true, r.others(s), s.self
		r.tell(s, signaling.PeerAway{ID: id, Away: true})
	})
}

// Resume gives a member its path back and replays what it missed; the others hear PeerAway. After
// Expire it is Rejoin.
func (h *Hub) Resume(id signaling.PeerID) {
	h.change(id, func(r *room, s *session) {
		switch {
		case !s.away:
		case s.expired:
			r.rejoin(s)
		default:
			missed := s.missed
			s.back()
			s.put(signaling.Resumed{Members: s.known, Replayed: true})
			for _, m := range missed {
				s.put(m)
			}
			r.tell(s, signaling.PeerAway{ID: id})
			if s.told.Name != s.self.Name || s.told.Metadata != s.self.Metadata {
				r.tell(s, signaling.PeerUpdated{Peer: s.self})
			}
		}
	})
}

// Rejoin gives a member its path back as after a restart of a server: what it missed is lost, it joins
// again with the same ID, and the others hear PeerJoined.
func (h *Hub) Rejoin(id signaling.PeerID) {
	h.change(id, func(r *room, s *session) {
		if s.away {
			r.rejoin(s)
		}
	})
}

// Expire gives up a member whose path is cut: the others hear PeerLeft with the reason "lost".
func (h *Hub) Expire(id signaling.PeerID) {
	h.change(id, func(r *room, s *session) {
		if s.away && !s.expired {
			s.expired, s.missed = true, nil
			r.tell(s, signaling.PeerLeft{ID: id, Reason: "lost"})
		}
	})
}

// Kick removes a member: its session ends with ErrKicked.
func (h *Hub) Kick(id signaling.PeerID) {
	h.change(id, func(r *room, s *session) {
		h.removeLocked(s, "kicked", signaling.ErrKicked)
	})
}

// change runs f on a member under the lock.
func (h *Hub) change(id signaling.PeerID, f func(*room, *session)) {
	h.mu.Lock()
	defer h.unlock()
	for _, r := range h.rooms {
		if s := r.find(id); s != nil {
			f(r, s)
			return
		}
	}
}

// unlock gives the lock back and rouses the goroutines of those who were told something under it.
func (h *Hub) unlock() {
	dirty := h.dirty
	h.dirty = nil
	h.mu.Unlock()
	for _, s := range dirty {
		select {
		case s.ready <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// removeLocked takes a session out of its room and ends it; err is why, nil for its own wish.
func (h *Hub) removeLocked(s *session, reason string, err error) {
	r := h.rooms[s.room]
	i := -1
	if r != nil {
		i = slices.Index(r.members, s)
	}
	if i < 0 {
		return
	}
	r.members = slices.Delete(r.members, i, i+1)
	s.over, s.err = true, err
	h.dirty = append(h.dirty, s)
	if !s.expired {
		r.tell(s, signaling.PeerLeft{ID: s.self.ID, Reason: reason})
	}
	if len(r.members) == 0 {
		delete(h.rooms, s.room)
	}
}

func (r *room) find(id signaling.PeerID) *session {
	for _, s := range r.members {
		if s.self.ID == id {
			return s
		}
	}
	return nil
}

// others are the members that s sees.
func (r *room) others(s *session) []signaling.Peer {
	var peers []signaling.Peer
	for _, o := range r.members {
		if o != s && !o.expired {
			peers = append(peers, o.self)
		}
	}
	return peers
}

// tell puts a message into the inbox of everybody but one. The hub's lock is held.
func (r *room) tell(but *session, m signaling.Message) {
	for _, s := range slices.Clone(r.members) { // who does not read is removed meanwhile
		if s != but {
			s.hear(m)
		}
	}
}

// rejoin lets a cut member in again, at the end of the list. The hub's lock is held.
func (r *room) rejoin(s *session) {
	s.back()
	r.members = append(slices.DeleteFunc(r.members, func(o *session) bool { return o == s }), s)
	s.put(signaling.Resumed{Members: r.others(s)})
	r.tell(s, signaling.PeerJoined{Peer: s.self})
}
