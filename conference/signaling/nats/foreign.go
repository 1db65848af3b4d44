package nats

import (
	"fmt"
	"strings"

	"confab/conference/signaling"
)

// life is one life of the connection to a foreign member; the zero one is none.
type life struct {
	conn    signaling.ConnID
	origin  string // of their descriptions (RFC 8866 section 5.2); empty: none came
	n       uint32 // of the last signal that came
	waiting bool   // an offer of ours has no answer
	tunnel  signaling.Tunnel
	wished  bool              // the channel for text was asked for
	slots   map[string]string // of their lines that send, by mid
}

func (f *life) lives() bool { return f.conn != "" }

// newcomer: a foreign member to whom we offer, unless there is a connection already.
func (l *loop) newcomer(from signaling.PeerID, m *member, c *card) {
	if m != nil {
		return
	}
	if m = l.meet(from, c); m != nil {
		l.emit(signaling.PeerJoined{Peer: m.peer})
	}
}

// meet makes a foreign member known; nil: there is no place.
func (l *loop) meet(from signaling.PeerID, c *card) *member {
	if l.crowded() {
		return nil
	}
	m := &member{
		peer: signaling.Peer{
			ID: from, Name: "Guest", Metadata: signaling.Metadata{Microphone: true, Camera: true},
			Foreign: true, Tunnel: true, Crossing: l.crossing(from),
		},
		life: &life{},
	}
	if c != nil && c.Name != "" {
		m.peer.Name = c.Name
	}
	l.add(m)
	return m
}

// crossing: of two offers that cross the one with the smaller ID has its way.
func (l *loop) crossing(other signaling.PeerID) signaling.Crossing {
	if l.self.ID > other {
		return signaling.CrossingTheirs
	}
	return signaling.CrossingOurs
}

// foreignWord takes what a foreign member says by way of the server.
func (l *loop) foreignWord(from signaling.PeerID, m *member, w *word) {
	if m != nil && m.kin != nil {
		return // Confabs have their own words
	}
	if m == nil {
		if w.kind != offered {
			return
		}
		if m = l.meet(from, w.card); m == nil {
			return
		}
		l.emit(signaling.PeerJoined{Peer: m.peer, Offers: true})
	}
	l.take(m, w, nil)
}

// take passes on what a foreign member says, whichever way it came; labels are of an offer's streams.
func (l *loop) take(m *member, w *word, labels map[string]string) {
	f := m.life
	switch w.kind {
	case offered:
		origin := originOf(w.sdp)
		if f.waiting && f.tunnel == nil && m.peer.Crossing == signaling.CrossingOurs {
			return // it takes its own back
		}
		if !f.lives() || f.tunnel == nil && origin != f.origin {
			l.conns++
			*f = life{conn: signaling.ConnID(fmt.Sprintf("theirs-%d", l.conns))}
		}
		f.origin = origin
		f.slots = slotsOf(w.sdp, labels, f.slots)
		l.pass(m, signaling.Signal{Kind: signaling.Offer, SDP: w.sdp, Slots: f.slots})
		l.expect(m)
	case answered:
		if f.waiting {
			f.waiting = false
			f.origin = originOf(w.sdp)
			l.pass(m, signaling.Signal{Kind: signaling.Answer, SDP: w.sdp})
		}
	case candidates:
		if f.lives() && len(w.candidates) > 0 {
			l.pass(m, signaling.Signal{Kind: signaling.Candidates, Candidates: w.candidates})
		}
	}
}

// pass numbers a foreign member's signal and gives it to the reader, if it keeps the limits.
func (l *loop) pass(m *member, s signaling.Signal) {
	s.Conn, s.N = m.life.conn, m.life.n+1
	if err := s.Check(); err != nil {
		l.log.Warn("signal dropped", "from", m.peer.ID, "err", err)
		return
	}
	m.life.n++
	l.emit(signaling.Received{From: m.peer.ID, Signal: s})
}

// expect tells what a foreign member sends, as far as its offer says.
func (l *loop) expect(m *member) {
	if m.life.tunnel == nil {
		return // the first offers have no media
	}
	var now signaling.Metadata
	for _, slot := range m.life.slots {
		switch slot {
		case slotMicrophone:
			now.Microphone = true
		case slotCamera:
			now.Camera = true
		case slotScreen:
			now.Screen = true
		}
	}
	if now != m.peer.Metadata {
		m.peer.Metadata = now
		l.emit(signaling.PeerUpdated{Peer: m.peer})
	}
}

// sayForeign is an order: a signal of the engine's, in Peerix' words.
func (l *loop) sayForeign(m *member, s signaling.Signal) error {
	f := m.life
	if s.Kind == signaling.Bye {
		l.ended(m, s.Conn)
		return nil
	}
	if s.Conn != f.conn {
		if s.Kind != signaling.Offer {
			return nil // of a life that theirs has replaced
		}
		*f = life{conn: s.Conn}
	}
	w := word{}
	switch s.Kind {
	case signaling.Offer:
		w.kind, w.sdp, w.card = offered, s.SDP, l.card()
		f.waiting = true
	case signaling.Answer:
		w.kind, w.sdp = answered, s.SDP
		f.waiting = false
	case signaling.Candidates:
		w.kind, w.candidates = candidates, s.Candidates
	default:
		return nil // there is no word for it
	}
	if f.tunnel != nil {
		return l.sayThrough(f, &w)
	}
	if !l.online {
		return signaling.ErrInterrupted
	}
	if w.kind == candidates && l.settings.first {
		for i := range w.candidates {
			if err := l.write(m.peer.ID, word{kind: candidates, candidates: w.candidates[i : i+1]}); err != nil {
				return err
			}
		}
		return nil
	}
	return l.write(m.peer.ID, w)
}

// ended: a life is over, and nothing else tells whether the member is still there. If it is, it offers anew
// when it is invited, or by itself.
func (l *loop) ended(m *member, conn signaling.ConnID) {
	if conn != m.life.conn {
		return
	}
	if l.settings.first {
		l.write(m.peer.ID, word{kind: left})
	} else {
		l.inviteLater(m.peer.ID)
	}
	reason := "lost"
	if m.life.tunnel == nil {
		reason = "leave"
	}
	l.remove(m.peer.ID, reason)
}

// originOf is the origin of a description without its version, which names one connection of one program.
func originOf(sdp string) string {
	for line := range strings.Lines(sdp) {
		if origin, ok := strings.CutPrefix(line, "o="); ok {
			f := strings.Fields(origin)
			if len(f) != 6 {
				return ""
			}
			return f[0] + " " + f[1] + " " + f[5]
		}
	}
	return ""
}
