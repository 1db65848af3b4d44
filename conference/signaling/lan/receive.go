package lan

import (
	"fmt"
	"regexp"
	"slices"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

// receive takes what arrived on a link, or its end.
func (l *loop) receive(a arrival) {
	known := l.links[a.link]
	if known == nil {
		return // it was closed meanwhile
	}
	err := a.err
	if err == nil {
		err = l.understand(a.link, known, a.data)
	}
	if err != nil {
		l.lost(a.link, err)
	}
	l.left()
}

// understand handles a message; an error ends its link.
func (l *loop) understand(k *link, a *acquaintance, data []byte) error {
	var h header
	if err := decode(data, &h); err != nil {
		return err
	}
	switch {
	case l.farewell != nil, a.refused:
		return nil
	case a.member == nil:
		return l.first(k, a, h.Type, data)
	}
	switch h.Type {
	case "signal":
		return l.receiveSignal(a.member, data)
	case "ping":
		var p pingMessage
		if err := decode(data, &p); err != nil {
			return err
		}
		a.member.acknowledge(p.Seen)
		l.agree(p.Room)
	case "update":
		var u updateMessage
		if err := decode(data, &u); err != nil {
			return err
		}
		l.updated(a.member, u)
	case "members":
		var m membersMessage
		if err := decode(data, &m); err != nil {
			return err
		}
		l.listed(m.Members)
	case "leave":
		id := a.member.peer.ID
		l.remove(id, "leave")
		l.contacts.forget(id)
	}
	return nil
}

// first handles the first message of a link.
func (l *loop) first(k *link, a *acquaintance, kind string, data []byte) error {
	switch kind {
	case "member":
	case "error":
		var r refusal
		if err := decode(data, &r); err != nil {
			return err
		}
		l.refused(r.err())
		return r.err()
	default:
		return fmt.Errorf("%w: it begins with %.32q", errWire, kind)
	}
	var m memberMessage
	if err := decode(data, &m); err != nil {
		return err
	}
	if m.Session == "" || len(m.Session) > maxSession || m.Port == 0 {
		return fmt.Errorf("%w: member without session or port", errWire)
	}
	l.introduce(k, a, &m)
	return nil
}

// receiveSignal passes a signal on, once. One that is malformed is dropped: its sender may be faulty, and
// must not cost us what else it says.
func (l *loop) receiveSignal(m *member, data []byte) error {
	var s signalMessage
	if err := decode(data, &s); err != nil {
		return err
	}
	if s.Seq <= m.seen {
		return nil // it came already, by an earlier link
	}
	m.seen = s.Seq
	signal, err := signaling.ParseSignal(s.Data)
	if err != nil {
		l.log.Warn("signal dropped", "member", m.peer.ID, "err", err)
		return nil
	}
	l.emit(signaling.Received{From: m.peer.ID, Signal: signal})
	return nil
}

// updated takes a member's name and metadata of now.
func (l *loop) updated(m *member, u updateMessage) {
	name := signaling.CleanName(u.Name)
	if m.peer.Name == name && m.peer.Metadata == u.Metadata {
		return
	}
	m.peer.Name, m.peer.Metadata = name, u.Metadata
	if l.joining == nil {
		l.emit(signaling.PeerUpdated{Peer: m.peer})
	}
}

// agree finds the one ID of a room that several have founded: the smallest.
func (l *loop) agree(id beacon.RoomID) {
	if slices.Compare(id[:], l.roomID[:]) < 0 {
		l.roomID = id
		l.announce()
	}
}

var idForm = regexp.MustCompile(`^p_[A-Za-z0-9_-]{16}$`)

// validID tells whether an ID has the form that all have.
func validID(id signaling.PeerID) bool { return idForm.MatchString(string(id)) }
