package lan

import (
	"time"

	"confab/conference/signaling"
)

// Limits of what waits for a member who is away, or has not said that it came.
const (
	maxUnacked      = 96
	maxUnackedBytes = 256 << 10
)

// member is somebody else in the room.
type member struct {
	peer    signaling.Peer
	session string
	rank    uint32
	link    *link     // nil: away
	since   time.Time // of being away
	offers  bool      // to us: it was here before

	sent    uint64 // the number of our last signal
	seen    uint64 // of its last signal
	unacked []outgoing
	bytes   int // of unacked
}

// outgoing is a signal that the member may not have.
type outgoing struct {
	seq  uint64
	data []byte
}

// push queues a signal and sends it if the member is there. False: too much waits already.
func (m *member) push(data []byte) bool {
	if len(m.unacked) >= maxUnacked || m.bytes+len(data) > maxUnackedBytes {
		return false
	}
	m.sent++
	o := outgoing{m.sent, data}
	m.unacked = append(m.unacked, o)
	m.bytes += len(data)
	m.post(o)
	return true
}

func (m *member) post(o outgoing) {
	if m.link != nil {
		m.link.send(signalMessage{Type: "signal", Seq: o.seq, Data: o.data})
	}
}

// acknowledge forgets what has arrived: all up to seen.
func (m *member) acknowledge(seen uint64) {
	for len(m.unacked) > 0 && m.unacked[0].seq <= seen {
		m.bytes -= len(m.unacked[0].data)
		m.unacked[0] = outgoing{}
		m.unacked = m.unacked[1:]
	}
}

// again sends what has not arrived, over a new link.
func (m *member) again() {
	for _, o := range m.unacked {
		m.post(o)
	}
}

// discard forgets what waits: the member does not know us any more.
func (m *member) discard() { m.unacked, m.bytes = nil, 0 }

// before tells whether one member was in the room before another.
func before(rank uint32, id signaling.PeerID, otherRank uint32, other signaling.PeerID) bool {
	return rank < otherRank || rank == otherRank && id < other
}
