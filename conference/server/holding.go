package server

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/server/cluster"
	"confab/conference/signaling"
)

// roomCopy is what another instance needs to hold a room in place of one that has died.
type roomCopy struct {
	Room     string             `json:"room"`
	Epoch    uint64             `json:"epoch"`
	By       cluster.ID         `json:"by"`
	Password [sha256.Size]byte  `json:"password"` // of it
	Locked   bool               `json:"locked"`
	Banned   []signaling.PeerID `json:"banned"`
	Members  []memberCopy       `json:"members"`
}

type memberCopy struct {
	ID       signaling.PeerID `json:"id"`
	Name     string           `json:"name"`
	Metadata metadata         `json:"metadata"`
	Joined   time.Time        `json:"joined"`
	Stamp    uint64           `json:"stamp"`
}

// mayHold tells whether a room that we do not hold is ours to begin. Without a federation all are.
func (f *federation) mayHold(room string) bool {
	if f == nil {
		return true
	}
	first := f.net.Ranked(room)[0]
	f.mu.Lock()
	defer f.mu.Unlock()
	held, is := f.holders[room]
	return f.ready && first == f.net.Self() && (!is || held.by == f.net.Self())
}

// hold begins a room, under an epoch later than any before it.
func (f *federation) hold(room string) (epoch uint64) {
	if f == nil {
		return 0
	}
	epoch = f.stamp()
	f.claim(room, epoch)
	return epoch
}

func (f *federation) claim(room string, epoch uint64) {
	f.mu.Lock()
	f.holders[room] = holding{f.net.Self(), epoch}
	delete(f.copies, room)
	f.mu.Unlock()
	f.post("", note{Kind: noteClaim, Room: room, Epoch: epoch}, nil)
}

// giveUp forgets a room that is empty.
func (f *federation) giveUp(r *room) {
	if f == nil {
		return
	}
	f.mu.Lock()
	delete(f.holders, r.name)
	f.mu.Unlock()
	f.post("", note{Kind: noteDrop, Room: r.name, Epoch: r.epoch}, nil)
}

// holder is who should be asked about a room.
func (f *federation) holder(room string) cluster.ID {
	f.mu.Lock()
	held, is := f.holders[room]
	f.mu.Unlock()
	if is {
		return held.by
	}
	return f.net.Ranked(room)[0]
}

// heir is who takes over a room of ours when we die; empty: nobody else is there.
func (f *federation) heir(room string) cluster.ID {
	for _, id := range f.net.Ranked(room) {
		if id != f.net.Self() {
			return id
		}
	}
	return ""
}

// keepCopy sends a copy of the room to its heir if it has changed, or the heir has. The lock is held.
func (r *room) keepCopy() {
	f := r.server.federation.Load()
	if f == nil || !r.dirty || len(r.members) == 0 {
		return
	}
	r.dirty, r.backup = false, f.heir(r.name)
	if r.backup == "" {
		return
	}
	c := roomCopy{Room: r.name, Epoch: r.epoch, By: f.net.Self(), Password: r.password, Locked: r.locked, Banned: slices.Clone(r.banned)}
	for _, m := range r.members {
		c.Members = append(c.Members, memberCopy{m.id, m.name, m.metadata, m.joined, m.stamp})
	}
	f.post(r.backup, note{Kind: noteCopy, Copy: &c}, nil)
}

// claimed notes that another instance holds a room. If we do as well, one of us must let it go.
func (f *federation) claimed(room string, theirs holding) {
	s := f.server
	s.mu.Lock()
	r := s.rooms[room]
	if r != nil && !theirs.over(holding{f.net.Self(), r.epoch}) {
		s.mu.Unlock()
		return // it has heard our claim, or will
	}
	f.mu.Lock()
	if known, is := f.holders[room]; !is || theirs.over(known) || known.by == theirs.by {
		f.holders[room] = theirs
	}
	f.mu.Unlock()
	var carriers []carrier
	if r != nil {
		carriers = s.letGo(r)
	}
	s.mu.Unlock()
	for _, k := range carriers {
		k.close(websocket.CloseGoingAway, "another server holds the room")
	}
}

// letGo forgets a room without a word and gives its carriers. mu is held.
func (s *Server) letGo(r *room) (carriers []carrier) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.members {
		if m.sock != nil {
			carriers = append(carriers, m.sock)
		}
		m.end()
		delete(s.members, m.id)
	}
	r.members = nil
	delete(s.rooms, r.name)
	s.log.Warn("two instances held a room", "room", r.name)
	return carriers
}

// takeOver holds a room in place of one that has died. Its members have a moment to come back.
func (s *Server) takeOver(f *federation, c roomCopy) {
	s.mu.Lock()
	defer s.unlock()
	if s.closed || s.rooms[c.Room] != nil {
		return
	}
	r := newRoom(s, c.Room, c.Password, max(c.Epoch+1, f.stamp()))
	r.locked, r.banned = c.Locked, c.Banned
	for _, old := range c.Members {
		if s.members[old.ID] != nil {
			continue // it has joined another room here since
		}
		m := &member{room: r, id: old.ID, name: old.Name, metadata: old.Metadata, joined: old.Joined, stamp: old.Stamp, expected: true}
		m.expiry = time.AfterFunc(s.options.ResumeWindow, func() { s.expire(m, 0) })
		r.members = append(r.members, m)
		s.members[m.id] = m
	}
	if len(r.members) == 0 {
		return
	}
	s.rooms[r.name] = r
	f.claim(r.name, r.epoch)
	time.AfterFunc(returnGrace, r.missReturners)
	r.mu.Lock()
	r.dirty = true
	s.release(r)
	s.log.Info("room was taken over", "room", r.name, "from", c.By)
}

// missReturners tells who has not come back since the room was taken over.
func (r *room) missReturners() {
	r.mu.Lock()
	defer r.unlock()
	for _, m := range r.members {
		if m.expected {
			m.expected = false
			r.tellOthers(m, stateMessage{Type: "peer-state", ID: m.id, State: "away"})
		}
	}
}
