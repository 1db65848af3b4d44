package native

import (
	"encoding/json"
	"slices"

	"confab/conference/signaling"
)

// leaveRID is the number of our leave; join has 1.
const leaveRID = 2

// receive handles one message of the server. One that is no message at all breaks the link; unknown
// types (handover among them) and what was heard already are ignored.
func (l *loop) receive(data []byte) {
	var h header
	if err := json.Unmarshal(data, &h); err != nil {
		l.broke(err)
		return
	}
	if h.Seq != 0 {
		if h.Seq <= l.entry.seq {
			return
		}
		l.entry.seq = h.Seq
	}
	var err error
	switch h.Type {
	case "peer-joined":
		err = l.onJoined(data)
	case "peer-updated":
		err = l.onUpdated(data)
	case "peer-state":
		err = l.onState(data)
	case "peer-left":
		err = l.onLeft(data)
	case "signal":
		err = l.onSignal(data)
	case "error":
		err = l.onError(data)
	case "left":
		if l.deadline != nil {
			l.end(nil)
		}
	}
	if err != nil {
		l.broke(err)
	}
}

// broke ends a link whose server breaks the protocol; the reader of the link reports it.
func (l *loop) broke(err error) {
	l.log.Warn("malformed message of the signaling server", "err", err)
	l.farewell = signaling.ErrNotSignaling
	l.link.broken()
}

func (l *loop) index(id signaling.PeerID) int {
	return slices.IndexFunc(l.members, func(p signaling.Peer) bool { return p.ID == id })
}

// onJoined: a newcomer, or a member that came back to a server that had forgotten it.
func (l *loop) onJoined(data []byte) error {
	var m peerMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	p, err := m.Peer.member()
	if err != nil || p.ID == l.session.self {
		return err
	}
	if i := l.index(p.ID); i >= 0 {
		l.members = slices.Delete(l.members, i, i+1)
	}
	if len(l.members) >= maxMembers {
		l.log.Warn("too many members, one is ignored", "limit", maxMembers)
		return nil
	}
	l.members = append(l.members, p)
	l.emit(signaling.PeerJoined{Peer: p})
	return nil
}

func (l *loop) onUpdated(data []byte) error {
	var m peerMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	p, err := m.Peer.member()
	if err != nil {
		return err
	}
	if i := l.index(p.ID); i >= 0 {
		l.members[i] = p
		l.emit(signaling.PeerUpdated{Peer: p})
	}
	return nil
}

func (l *loop) onState(data []byte) error {
	var m stateMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if i := l.index(m.ID); i >= 0 {
		l.members[i].Away = m.State == "away"
		l.emit(signaling.PeerAway{ID: m.ID, Away: l.members[i].Away})
	}
	return nil
}

func (l *loop) onLeft(data []byte) error {
	var m stateMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if !slices.Contains([]string{"leave", "lost", "kicked", "replaced"}, m.Reason) {
		m.Reason = "lost" // a word we do not know says no more than that
	}
	if i := l.index(m.ID); i >= 0 {
		l.members = slices.Delete(l.members, i, i+1)
		l.emit(signaling.PeerLeft{ID: m.ID, Reason: m.Reason})
	}
	return nil
}

// onSignal: what a member got wrong is dropped: it must not cost us our link to the others.
func (l *loop) onSignal(data []byte) error {
	var m inSignal
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	s, err := m.signal()
	if err != nil || l.index(m.From) < 0 {
		l.log.Debug("signal dropped", "from", m.From[:min(len(m.From), maxID)], "err", err)
		return nil
	}
	l.emit(signaling.Received{From: m.From, Signal: s})
	return nil
}

func (l *loop) onError(data []byte) error {
	var p problem
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if p.Fatal {
		l.farewell = p.err()
		return nil // the server closes now
	}
	l.emit(signaling.Refused{To: p.To[:min(len(p.To), maxID)], Err: p.err()})
	return nil
}
