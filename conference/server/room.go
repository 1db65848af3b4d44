package server

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"sync"
	"time"

	"confab/conference/server/cluster"
	"confab/conference/signaling"
)

// carrier takes what a member is told to its client: a socket of this instance, or one of another.
type carrier interface {
	rouse()                  // there may be something to take; never under a lock
	lag()                    // it is too far behind: to be cut when it is roused
	fail(c code, why string) // ends it with an error
	close(status int, why string)
}

// room holds members. Its lock guards all of them; under it messages are only put into logs, and the
// sockets whose writers have something to do are roused when it is given back. So everybody hears what
// happened in the same order.
type room struct {
	server   *Server
	name     string
	password [sha256.Size]byte // of its first member
	epoch    uint64            // of the instance's hold on it, in a federation

	mu      sync.Mutex
	members []*member // in the order in which they joined; the first one is the owner
	locked  bool
	banned  []signaling.PeerID
	touched []carrier
	dirty   bool       // the copy is out of date
	backup  cluster.ID // which instance has the copy
}

// member is somebody in a room, over all its sockets. Everything below id is guarded by the room's lock.
type member struct {
	room *room
	id   signaling.PeerID

	name     string
	metadata metadata
	joined   time.Time
	gone     bool    // no longer in the room
	stamp    uint64  // of its last joining
	sock     carrier // nil: away
	expected bool    // taken over without a carrier: it has a moment to come back before it is away
	absences int     // counts the times it went away, so that an old timer does no harm
	expiry   *time.Timer

	seq      uint64  // of the newest message in the log
	sent     uint64  // of the newest message that was handed to the network
	missed   int     // signals since it went away
	log      []entry // with consecutive numbers; what was sent stays for a while, to be replayed
	logBytes int
}

type entry struct {
	seq  uint64
	from signaling.PeerID // of a signal
	data []byte
}

func newRoom(s *Server, name string, password [sha256.Size]byte, epoch uint64) *room {
	return &room{server: s, name: name, password: password, epoch: epoch}
}

// unlock gives the lock back and rouses the writers of those who were told something under it.
func (r *room) unlock() {
	touched := r.touched
	r.touched = nil
	r.keepCopy()
	r.mu.Unlock()
	for _, k := range touched {
		k.rouse()
	}
}

func (r *room) find(id signaling.PeerID) *member {
	for _, m := range r.members {
		if m.id == id {
			return m
		}
	}
	return nil
}

// tellOthers puts a message into the log of everybody but one. The lock is held.
func (r *room) tellOthers(but *member, message any) {
	body := encode(message)
	for _, m := range r.members {
		if m != but {
			m.tell("", body)
		}
	}
}

// tell puts a message into the member's log. body is a JSON object and is not changed. The lock is held.
func (m *member) tell(from signaling.PeerID, body []byte) {
	m.keep(from, append(make([]byte, 0, len(body)+numberSize), body[:len(body)-1]...))
}

// numberSize is what a message grows by in keep.
const numberSize = 28

// keep is tell for a message that is the log's own from now on, and lacks its number and the closing brace.
func (m *member) keep(from signaling.PeerID, data []byte) {
	m.seq++
	data = append(data, `,"seq":`...)
	data = append(strconv.AppendUint(data, m.seq, 10), '}')
	m.log = append(m.log, entry{m.seq, from, data})
	m.logBytes += len(data)
	for len(m.log) > maxLog || m.logBytes > maxLogBytes {
		m.logBytes -= len(m.log[0].data)
		m.log = slices.Delete(m.log, 0, 1)
	}
	if m.sock == nil {
		return
	}
	if m.seq-m.sent > maxUnsent || m.sent+1 < m.log[0].seq {
		m.sock.lag()
	}
	m.room.touched = append(m.room.touched, m.sock)
}

// unsent are the messages that the network has not taken yet. The lock is held.
func (m *member) unsent() []entry {
	n := min(m.seq-m.sent, uint64(len(m.log)))
	return m.log[len(m.log)-int(n):]
}

// next is the next message for the network of k, with its number, if the member still speaks through it.
func (m *member) next(k carrier) ([]byte, uint64) {
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	unsent := m.unsent()
	if m.sock != k || len(unsent) == 0 {
		return nil, 0
	}
	m.sent = unsent[0].seq
	return unsent[0].data, unsent[0].seq
}

// canReplay tells whether everything after the message seq is still in the log. The lock is held.
func (m *member) canReplay(seq uint64) bool {
	return !m.gone && seq > 0 && seq <= m.seq && seq+uint64(len(m.log)) >= m.seq
}

// takes tells whether one more signal from that sender may wait for the member. The lock is held.
func (m *member) takes(from signaling.PeerID) bool {
	if m.sock == nil {
		return m.missed < maxMissed
	}
	count, size := 0, 0
	for _, e := range m.unsent() {
		if e.from == from {
			count, size = count+1, size+len(e.data)
		}
	}
	return count < maxShare && size < shareBytes
}

// peer is what others are told about the member. The lock is held.
func (m *member) peer() peer {
	p := peer{ID: m.id, Name: m.name, Metadata: m.metadata, Joined: m.joined.UnixMilli(), State: "online"}
	if m.sock == nil && !m.expected {
		p.State = "away"
	}
	return p
}

// attach gives the member a carrier; everything after the message seq is sent over it. The lock is held.
func (m *member) attach(k carrier, seq uint64) {
	m.sock, m.sent, m.missed, m.expected = k, seq, 0, false
	if m.expiry != nil {
		m.expiry.Stop()
	}
	m.room.touched = append(m.room.touched, k)
}

// signal passes one on from m; the answer is empty or says why not.
func (m *member) signal(s signal) code {
	r := m.room
	r.mu.Lock()
	defer r.unlock()
	if m.gone {
		return notJoined
	}
	to := r.find(s.To)
	switch {
	case to == nil || to == m:
		return noSuchPeer
	case !to.takes(m.id):
		return rateLimited
	}
	to.missed++
	to.keep(m.id, s.passedOn(m.id))
	return ""
}

// update changes what is said about m and tells the others; the error is for the sender.
func (m *member) update(u update) (code, error) {
	r := m.room
	r.mu.Lock()
	defer r.unlock()
	if m.gone {
		return notJoined, errNotJoined
	}
	merged, c, err := m.metadata.merge(u.Metadata)
	if err != nil {
		return c, err
	}
	m.metadata = merged
	if u.Name != nil {
		m.name = signaling.CleanName(*u.Name)
	}
	r.dirty = true
	r.tellOthers(m, peerMessage{Type: "peer-updated", Peer: m.peer()})
	return "", nil
}

// lock closes the room to newcomers, or opens it; only its owner may.
func (m *member) lock(on bool) code {
	r := m.room
	r.mu.Lock()
	defer r.unlock()
	if m.gone {
		return notJoined
	}
	if r.members[0] != m {
		return unauthorized
	}
	r.locked, r.dirty = on, true
	return ""
}
