package nats

import (
	"slices"
	"time"

	"confab/conference/signaling"
)

// maxMembers bounds the members known at a time; a room has far fewer.
const maxMembers = 64

// maxStrangers bounds those who announced themselves and said nothing else.
const maxStrangers = 256

// member is somebody else in the room.
type member struct {
	peer signaling.Peer
	kin  *kin  // of a Confab
	life *life // of a foreign one: never nil, but empty between lives
	says budget
}

// What a member may say by way of the server; a call needs a tenth of it.
const (
	wordRate  = 100 // a second
	wordBurst = 500
)

// find gives a member, or nil.
func (l *loop) find(id signaling.PeerID) *member { return l.members[id] }

// crowded tells whether there is no place for one more, and says so once.
func (l *loop) crowded() bool {
	if len(l.members) < maxMembers {
		l.full = false
		return false
	}
	if !l.full {
		l.full = true
		l.log.Warn("members are passed over", "most", maxMembers)
		l.emit(signaling.Refused{Err: ErrCrowded})
	}
	return true
}

// add makes a member known.
func (l *loop) add(m *member) {
	m.says = budget{rate: wordRate, burst: wordBurst}
	l.members[m.peer.ID] = m
	l.dialect.keep(m.peer.ID)
	l.order = append(l.order, m.peer.ID)
}

// remove forgets a member.
func (l *loop) remove(id signaling.PeerID, reason string) {
	if l.members[id] == nil {
		return
	}
	delete(l.members, id)
	l.order = slices.DeleteFunc(l.order, func(o signaling.PeerID) bool { return o == id })
	l.dialect.forget(id)
	l.emit(signaling.PeerLeft{ID: id, Reason: reason})
}

// hear takes a packet.
func (l *loop) hear(data []byte) {
	if l.farewell != nil {
		return
	}
	from, w, err := l.dialect.read(data)
	switch {
	case err != nil:
		l.misunderstood(from, err)
		return
	case w.kind == 0 || from == l.self.ID:
		return
	}
	m := l.find(from)
	if m != nil && !m.says.allows(time.Now()) {
		return // a Confab says again what matters
	}
	if m != nil && m.kin != nil {
		l.alive(m)
	}
	switch w.kind {
	case announced:
		l.arrived(from, m, w.card)
	case invited:
		l.invited(from, m, w.card)
	case present:
		l.presence(from, m, w.card)
	case said:
		if m != nil && m.kin != nil {
			l.said(m, w.said)
		}
	case heard:
		if m != nil && m.kin != nil {
			m.kin.acknowledge(w.heard)
		}
	case goodbye:
		if m != nil && m.kin != nil {
			l.remove(from, "leave")
		}
	case left:
		if m != nil {
			l.remove(from, "leave")
		}
	default:
		l.foreignWord(from, m, &w)
	}
}

// arrived: a newcomer is in the room, or somebody is back.
func (l *loop) arrived(from signaling.PeerID, m *member, c *card) {
	if !l.answers.allows(time.Now()) {
		return
	}
	if m == nil {
		if len(l.newcomers) >= maxStrangers {
			clear(l.newcomers)
		}
		l.newcomers[from] = true
	}
	if c.confab() { // of Peerix 0.1, where the newcomer brings its metadata
		l.presence(from, m, c)
		return
	}
	if l.settings.first {
		l.newcomer(from, m, c)
		return
	}
	mine := l.card()
	mine.First = m == nil
	l.write(from, word{kind: invited, card: mine})
}

// invited: somebody heard that we came, and wants an offer.
func (l *loop) invited(from signaling.PeerID, m *member, c *card) {
	if c.confab() {
		l.presence(from, m, c)
		return
	}
	l.newcomer(from, m, c)
}

// misunderstood notes a packet that says nothing. Many of them from all sides mean another generation of
// Peerix, or other settings.
func (l *loop) misunderstood(from signaling.PeerID, err error) {
	if l.warned.IsZero() || time.Since(l.warned) > warnEvery {
		l.warned = time.Now()
		l.log.Warn("packet dropped", "from", from, "err", err)
	}
}
