package server

import (
	"encoding/json"
	"fmt"

	"confab/conference/signaling"
)

// seat is a member's place, for the socket that speaks for it: the *member itself, or a *proxy of one in a
// room that another instance holds.
type seat interface {
	next(k carrier) (data []byte, seq uint64) // to be written now; nil: nothing
	written(k carrier) uint64                 // the number of the last message that next gave k; 0: k has lost the seat
	forget(k carrier, seq uint64)             // k's other end has read so far
	perform(v voice, h header, data []byte)   // does what a message of the client asks for; data is not kept
	detach(k carrier)                         // k has ended
}

// voice is a carrier that its client speaks through as well.
type voice interface {
	carrier
	answer(message any)
	refuse(p problem)
	rise() // it has left the room
}

// parse reads a message; one that is not what it should be ends the connection.
func parse(v voice, data []byte, into any) bool {
	if err := json.Unmarshal(data, into); err != nil {
		v.fail(badMessage, fmt.Sprintf("%.200s", err))
		return false
	}
	return true
}

// perform does what a message of the member's client asks for.
func (m *member) perform(v voice, h header, data []byte) { m.room.server.perform(v, m, h, data) }

// perform does it for a client that may be in no room: then m is nil.
func (s *Server) perform(v voice, m *member, h header, data []byte) {
	switch h.Type {
	case "leave":
		if m != nil {
			v.rise()
			s.leave(m, "leave")
		}
		v.answer(answer{Type: "left", RID: h.RID})
	case "signal":
		s.performSignal(v, m, data)
	case "update":
		s.performUpdate(v, m, h.RID, data)
	case "lock":
		s.performLock(v, m, h.RID, data)
	case "kick":
		s.performKick(v, m, h.RID, data)
	default:
		v.refuse(problem{Code: unknownType, Message: fmt.Sprintf("type %.32q is unknown", h.Type), RID: h.RID})
	}
}

func (s *Server) performSignal(v voice, m *member, data []byte) {
	var g signal
	switch {
	case !parse(v, data, &g):
		return
	case g.Conn == "" || len(g.Conn) > signaling.MaxConnID:
		v.fail(badMessage, "conn of a signal has 1 to 64 bytes")
		return
	case len(g.Data) == 0 || g.Data[0] != '{':
		v.fail(badMessage, "data of a signal is an object")
		return
	}
	c := notJoined
	if m != nil {
		c = m.signal(g)
	}
	if c != "" {
		v.refuse(problem{Code: c, Message: said[c], To: clip(g.To)})
		return
	}
	s.metrics.signals.Add(1)
}

func (s *Server) performUpdate(v voice, m *member, rid uint64, data []byte) {
	var u update
	if !parse(v, data, &u) {
		return
	}
	c, err := notJoined, errNotJoined
	if m != nil {
		c, err = m.update(u)
	}
	if err != nil {
		v.refuse(problem{Code: c, Message: err.Error(), RID: rid})
	}
}

func (s *Server) performLock(v voice, m *member, rid uint64, data []byte) {
	var l lock
	if !parse(v, data, &l) {
		return
	}
	c := notJoined
	if m != nil {
		c = m.lock(l.On)
	}
	if c != "" {
		v.refuse(problem{Code: c, Message: said[c], RID: rid})
	}
}

func (s *Server) performKick(v voice, m *member, rid uint64, data []byte) {
	var who kick
	if !parse(v, data, &who) {
		return
	}
	c := notJoined
	if m != nil {
		c = s.kick(m, who.ID)
	}
	if c != "" {
		v.refuse(problem{Code: c, Message: said[c], RID: rid, To: clip(who.ID)})
	}
}

// clip keeps an ID that a client made up from being repeated at length.
func clip(id signaling.PeerID) signaling.PeerID {
	return id[:min(len(id), 64)]
}
