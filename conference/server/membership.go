package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"

	"confab/conference/signaling"
)

// hello makes k the socket of a key, in place of an older one, and gives it the seat it had, wherever its
// room is held, if nothing of what that missed is lost.
func (s *Server) hello(k *socket, seq uint64) seat {
	f := s.federation.Load()
	s.mu.Lock()
	k.stamp = f.stamp()
	old := s.live[k.id]
	s.live[k.id] = k
	m := s.resumeLocked(k, k.id, seq)
	s.unlock()
	if old != nil {
		old.fail(replaced, takenOver)
	}
	if m != nil {
		f.announce(k)
		return m
	}
	if p := f.resume(k, seq); p != nil {
		return p
	}
	return nil
}

// resumeLocked attaches a carrier to the member of that ID, if nothing after the message seq is lost. mu is held.
func (s *Server) resumeLocked(k carrier, id signaling.PeerID, seq uint64) *member {
	m := s.members[id]
	if m == nil {
		return nil
	}
	m.room.mu.Lock()
	defer s.release(m.room)
	if !m.canReplay(seq) {
		return nil
	}
	s.metrics.resumes.Add(1)
	wasAway := m.sock == nil
	m.attach(k, seq)
	if wasAway {
		m.room.tellOthers(m, stateMessage{Type: "peer-state", ID: m.id, State: "online"})
	}
	return m
}

// application is what somebody says who wants to join.
type application struct {
	ID       signaling.PeerID
	RID      uint64
	Room     string
	Name     string
	Password [sha256.Size]byte // of the password
	Metadata metadata
	Rejoin   bool
	Stamp    uint64
}

// elsewhere is the refusal of a room that this instance does not hold. No client hears it.
const elsewhere code = "elsewhere"

// takenOver is said to a socket whose key has a newer one.
const takenOver = "a newer connection with the same key has taken over"

// enter lets k into a room, wherever it is held. Otherwise the answer says why not.
func (s *Server) enter(k *socket, a application) (seat, code) {
	if f := s.federation.Load(); f != nil {
		return f.join(k, a)
	}
	m, refusal := s.join(k, a)
	if refusal != "" {
		return nil, refusal
	}
	return m, ""
}

// join puts k into a room as a new member; its place is kept if it says that it was there before.
// Otherwise the answer says why not.
func (s *Server) join(k carrier, a application) (*member, code) {
	f := s.federation.Load()
	s.mu.Lock()
	defer s.unlock()
	old := s.members[a.ID]
	r := s.rooms[a.Room]
	if r == nil && !f.mayHold(a.Room) {
		return nil, elsewhere
	}
	if len(s.members) >= maxGhosts*s.options.MaxConnections {
		return nil, roomFull // most of them are away; they are forgotten within the resume window
	}
	if refusal := s.admits(r, old, a); refusal != "" {
		return nil, refusal
	}
	stays := old != nil && a.Rejoin && old.room == r
	if old != nil && !stays {
		s.drop(old, "replaced")
		r = s.rooms[a.Room] // it may have been the last one
	}
	if r == nil {
		r = newRoom(s, a.Room, a.Password, f.hold(a.Room))
		s.rooms[a.Room] = r
	}
	m := &member{room: r, id: a.ID, name: a.Name, metadata: a.Metadata, joined: time.Now(), stamp: a.Stamp}
	s.members[a.ID] = m
	r.mu.Lock()
	defer s.release(r)
	if stays {
		m.joined = old.joined
		old.end()
		r.members[slices.Index(r.members, old)] = m
	} else {
		r.members = append(r.members, m)
	}
	r.dirty = true
	m.attach(k, 0)
	reply := joined{Type: "joined", RID: a.RID, Room: r.name, You: m.id, Peers: []peer{}, MaxPeers: s.options.MaxPeers}
	for _, o := range r.members {
		if o != m {
			reply.Peers = append(reply.Peers, o.peer())
		}
	}
	reply.ICEServers = s.relay.Load().servers(m.id, time.Now())
	m.tell("", encode(reply))
	r.tellOthers(m, peerMessage{Type: "peer-joined", Peer: m.peer()})
	s.metrics.joins.Add(1)
	f.seated(m)
	s.log.Info("member joined", "peer", m.id, "room", r.name)
	return m, ""
}

// admits says why a join is refused, or nothing. r may be nil, and so may old, who was there with that id.
func (s *Server) admits(r *room, old *member, a application) code {
	if r == nil {
		return ""
	}
	if subtle.ConstantTimeCompare(a.Password[:], r.password[:]) == 0 {
		return unauthorized
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old != nil && old.room == r {
		return "" // it holds a place already
	}
	switch {
	case slices.Contains(r.banned, a.ID):
		return kicked
	case r.locked:
		return roomLocked
	case len(r.members) >= s.options.MaxPeers:
		return roomFull
	}
	return ""
}

// leave takes a member out of its room.
func (s *Server) leave(m *member, reason string) {
	s.mu.Lock()
	defer s.unlock()
	s.drop(m, reason)
}

// drop takes a member out of its room and the room out of the world if it is empty now. mu is held.
func (s *Server) drop(m *member, reason string) {
	r := m.room
	r.mu.Lock()
	defer s.release(r)
	if m.gone {
		return
	}
	m.end()
	r.members = slices.DeleteFunc(r.members, func(o *member) bool { return o == m })
	r.tellOthers(m, stateMessage{Type: "peer-left", ID: m.id, Reason: reason})
	delete(s.members, m.id)
	r.dirty = true
	if len(r.members) == 0 {
		delete(s.rooms, r.name)
		s.federation.Load().giveUp(r)
	}
	s.log.Info("member left", "peer", m.id, "room", r.name, "reason", reason)
}

// end makes m nobody. The room's lock is held.
func (m *member) end() {
	m.gone, m.sock, m.log = true, nil, nil
	if m.expiry != nil {
		m.expiry.Stop()
	}
}

// detach is called when a carrier has ended: its member, if no other has it, is away now and lost when
// the resume window has passed.
func (m *member) detach(k carrier) {
	r := m.room
	r.mu.Lock()
	defer r.unlock()
	if m.sock != k || m.gone {
		return
	}
	m.sock, m.missed = nil, len(m.unsent())
	m.absences++
	absence := m.absences
	m.expiry = time.AfterFunc(r.server.options.ResumeWindow, func() { r.server.expire(m, absence) })
	r.tellOthers(m, stateMessage{Type: "peer-state", ID: m.id, State: "away"})
}

// expire gives up a member that is away since that absence.
func (s *Server) expire(m *member, absence int) {
	s.mu.Lock()
	defer s.unlock()
	m.room.mu.Lock()
	back := m.sock != nil || m.absences != absence || s.closed
	m.room.mu.Unlock()
	if !back {
		s.drop(m, "lost")
	}
}

// kick removes somebody for good from the room of its owner; the answer is empty or says why not.
func (s *Server) kick(owner *member, id signaling.PeerID) code {
	s.mu.Lock()
	r := owner.room
	r.mu.Lock()
	var target *member
	refusal := code("")
	switch {
	case owner.gone:
		refusal = notJoined
	case r.members[0] != owner:
		refusal = unauthorized
	default:
		if target = r.find(id); target == nil || target == owner {
			refusal = noSuchPeer
		}
	}
	if refusal != "" {
		s.release(r)
		s.unlock()
		return refusal
	}
	k := target.sock
	if len(r.banned) < maxBanned {
		r.banned = append(r.banned, id)
	}
	r.dirty = true
	s.release(r)
	s.drop(target, "kicked")
	s.unlock()
	if k != nil {
		k.fail(kicked, "the room's owner has removed you")
	}
	return ""
}
