package conference

import (
	"errors"
	"slices"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

// message handles what signaling says.
func (l *loop) message(m signaling.Message) {
	switch m := m.(type) {
	case signaling.PeerJoined:
		l.peerJoined(m)
	case signaling.PeerLeft:
		l.peerLeft(m)
	case signaling.PeerUpdated:
		if p := l.participants[m.Peer.ID]; p != nil {
			l.update(p, m.Peer.Name, m.Peer.Metadata)
		}
	case signaling.PeerAway:
		if p := l.participants[m.ID]; p != nil {
			p.away = m.Away
			l.changed = true
		}
		l.step(mesh.Away{Peer: m.ID, Away: m.Away})
	case signaling.Received:
		if m.Signal.Kind == signaling.Sealed {
			l.sealed(m.From)
			return
		}
		l.step(mesh.Received{From: m.From, Signal: m.Signal})
	case signaling.Interrupted:
		l.setSignaling(m.Err)
		l.step(mesh.Interrupted{})
	case signaling.Resumed:
		l.resumed(m)
	case signaling.Refused:
		// Somebody who left while our signal was under way is no problem of anybody's.
		if !errors.Is(m.Err, signaling.ErrNoSuchPeer) {
			l.emit(Problem{Err: m.Err})
		}
	}
}

// sealed says once that a member talks to those with the invitation's key alone.
func (l *loop) sealed(from signaling.PeerID) {
	if p := l.participants[from]; p != nil && !p.sealed {
		p.sealed = true
		l.emit(Problem{Err: signaling.ErrSealed})
	}
}

func (l *loop) setSignaling(err error) {
	if (err == nil) == (l.signalingErr == nil) {
		return
	}
	l.signalingErr, l.changed = err, true
	l.emit(SignalingChange{Err: err})
}

// present tells the machine who was there before us.
func (l *loop) present() {
	var ours []signaling.PeerID
	for _, id := range slices.Clone(l.order) {
		if l.participants[id].foreign {
			l.step(mesh.Joined{Peer: id, Offers: true, Foreign: true, Crossing: l.participants[id].peer.Crossing})
		} else {
			ours = append(ours, id)
		}
	}
	l.step(mesh.Present{Peers: ours})
}

func (l *loop) peerJoined(m signaling.PeerJoined) {
	p := m.Peer
	known := l.participants[p.ID]
	if known == nil {
		e := l.add(p)
		l.emit(RemoteClientJoin{Client: e.RemoteClient})
	} else {
		known.away, known.foreign, known.peer = false, p.Foreign, p
		l.update(known, p.Name, p.Metadata)
	}
	l.step(mesh.Joined{Peer: p.ID, Offers: m.Offers, Foreign: p.Foreign, Crossing: p.Crossing})
}

func (l *loop) peerLeft(m signaling.PeerLeft) {
	lost := m.Reason == "lost"
	if p := l.participants[m.ID]; p != nil && lost {
		p.away, l.changed = true, true
	}
	l.reasons[m.ID] = m.Reason
	l.step(mesh.Gone{Peer: m.ID, Lost: lost})
	delete(l.reasons, m.ID)
}

func (l *loop) resumed(m signaling.Resumed) {
	l.setSignaling(nil)
	members := make([]mesh.Member, 0, len(m.Members))
	for _, p := range m.Members {
		members = append(members, mesh.Member{ID: p.ID, Away: p.Away, Foreign: p.Foreign, Crossing: p.Crossing})
		if known := l.participants[p.ID]; known != nil {
			known.away = p.Away
			l.update(known, p.Name, p.Metadata)
		} else {
			e := l.add(p)
			l.emit(RemoteClientJoin{Client: e.RemoteClient})
		}
	}
	l.step(mesh.Resumed{Members: members, Rejoined: !m.Replayed})
	l.tellState()
}

// update notes a participant's name and what it sends, from whichever path the news came.
func (l *loop) update(p *participant, name string, m signaling.Metadata) {
	old := p.RemoteClient
	if name != "" {
		p.Name = name
	}
	p.Metadata = m
	l.changed = true
	if p.RemoteClient == old {
		return
	}
	l.expect(p)
	l.emit(RemoteClientUpdate{Old: old, New: p.RemoteClient})
}

// expect tells the receivers which pictures are to come.
func (l *loop) expect(p *participant) {
	if p.connection != nil {
		p.connection.media.expect(p.Metadata.Camera, p.Metadata.Screen)
	}
}
