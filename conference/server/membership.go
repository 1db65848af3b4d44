package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"

	"confab/conference/signaling"
)

// hello makes k the socket of a key, in place of an older one, and gives it the member it had if nothing
// of what that missed is lost.
func (s *Server) hello(k *socket, seq uint64) (resumed *member) {
	s.mu.Lock()
	old := s.live[k.id]
	s.live[k.id] = k
	if m := s.members[k.id]; m != nil {
		m.room.mu.Lock()
		if m.canReplay(seq) {
			resumed = m
			s.metrics.resumes.Add(1)
			wasAway := m.sock == nil
			m.attach(k, seq)
			if wasAway {
				m.room.tellOthers(m, stateMessage{Type: "peer-state", ID: m.id, State: "online"})
			}
		}
		s.release(m.room)
	}
	s.unlock()
	if old != nil {
		old.fail(replaced, "a newer connection with the same key has taken over")
	}
	return resumed
}

// join puts k into a room as a new member; its place is kept if it says that it was there before.
// Otherwise the answer says why not.
func (s *Server) join(k *socket, rid uint64, j join, said metadata) (*member, code) {
	s.mu.Lock()
	defer s.unlock()
	old := s.members[k.id]
	if len(s.members) >= maxGhosts*s.options.MaxConnections {
		return nil, roomFull // most of them are away; they are forgotten within the resume window
	}
	if refusal := s.admits(s.rooms[j.Room], k.id, old, j); refusal != "" {
		return nil, refusal
	}
	stays := old != nil && j.Rejoin && old.room.name == j.Room
	if old != nil && !stays {
		s.drop(old, "replaced")
	}
	r := s.rooms[j.Room]
	if r == nil {
		r = newRoom(j.Room, j.Password)
		s.rooms[j.Room] = r
	}
	m := &member{room: r, id: k.id, name: j.Name, metadata: said, joined: time.Now()}
	s.members[k.id] = m
	r.mu.Lock()
	defer s.release(r)
	if stays {
		m.joined = old.joined
		old.end()
		r.members[slices.Index(r.members, old)] = m
	} else {
		r.members = append(r.members, m)
	}
	m.attach(k, 0)
	reply := joined{Type: "joined", RID: rid, Room: r.name, You: m.id, Peers: []peer{}, MaxPeers: s.options.MaxPeers}
	for _, o := range r.members {
		if o != m {
			reply.Peers = append(reply.Peers, o.peer())
		}
	}
	reply.ICEServers = s.relay.Load().servers(m.id, time.Now())
	m.tell("", encode(reply))
	r.tellOthers(m, peerMessage{Type: "peer-joined", Peer: m.peer()})
	s.metrics.joins.Add(1)
	s.log.Info("member joined", "peer", m.id, "room", r.name)
	return m, ""
}

// admits says why a join is refused, or nothing. r may be nil, and so may old, who was there with that id.
func (s *Server) admits(r *room, id signaling.PeerID, old *member, j join) code {
	if r == nil {
		return ""
	}
	password := sha256.Sum256([]byte(j.Password))
	if subtle.ConstantTimeCompare(password[:], r.password[:]) == 0 {
		return unauthorized
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old != nil && old.room == r {
		return "" // it holds a place already
	}
	switch {
	case slices.Contains(r.banned, id):
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
	if len(r.members) == 0 {
		delete(s.rooms, r.name)
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

// detach is called when a socket has ended: its member, if no other socket has it, is away now and lost
// when the resume window has passed.
func (s *Server) detach(k *socket) {
	m := k.current()
	if m == nil {
		return
	}
	r := m.room
	r.mu.Lock()
	defer r.unlock()
	if m.sock != k || m.gone {
		return
	}
	m.sock, m.missed = nil, len(m.unsent())
	m.absences++
	absence := m.absences
	m.expiry = time.AfterFunc(s.options.ResumeWindow, func() { s.expire(m, absence) })
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
	s.release(r)
	s.drop(target, "kicked")
	s.unlock()
	if k != nil {
		k.fail(kicked, "the room's owner has removed you")
	}
	return ""
}
