package conference

import (
	"errors"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

// message handles what signaling says.
func (l *loop) message(m signaling.Message) {
	switch m := m.(type) {
	case signaling.PeerJoined:
		l.peerJoined(m.Peer)
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

func (l *loop) setSignaling(err error) {
	if (err == nil) == (l.signalingErr == nil) {
		return
	}
	l.signalingErr, l.changed = err, true
	l.emit(SignalingChange{Err: err})
}

func (l *loop) peerJoined(p signaling.Peer) {
	known := l.participants[p.ID]
	if known == nil {
		e := l.add(p)
		l.emit(RemoteClientJoin{Client: e.RemoteClient})
	} else {
		known.away = false
		l.update(known, p.Name, p.Metadata)
	}
	l.step(mesh.Joined{Peer: p.ID})
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
		members = append(members, mesh.Member{ID: p.ID, Away: p.Away})
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
