package server

import (
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// question is a ping whose pong says how far the other end has read: a WebSocket keeps its order, so who
// has answered a ping has read what was written before it, and it need not be kept to be replayed. Its
// number is the ping's text. Guarded by the socket's lock.
type question struct {
	number uint64
	open   bool
	seat   seat   // nil: in no room then
	seq    uint64 // of the last message before the ping
	since  int    // bytes written after it
}

// due counts bytes written and tells whether it is time to ask how far the other end has read.
func (k *socket) due(n int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked.since += n
	return k.asked.since >= ackBytes && !k.asked.open
}

// ask sends a ping. A question that is open is forgotten.
func (k *socket) ask() error {
	at := k.current()
	seq := uint64(0)
	if at != nil {
		seq = at.written(k)
	}
	k.mu.Lock()
	k.asked = question{number: k.asked.number + 1, open: true, seat: at, seq: seq}
	text := strconv.AppendUint(nil, k.asked.number, 10)
	k.mu.Unlock()
	return k.ws.WriteControl(websocket.PingMessage, text, time.Now().Add(writeWait))
}

// answered takes a pong; one that answers an older question says nothing.
func (k *socket) answered(text string) {
	k.mu.Lock()
	q := k.asked
	if !q.open || text != strconv.FormatUint(q.number, 10) {
		k.mu.Unlock()
		return
	}
	k.asked.open = false
	k.mu.Unlock()
	if q.seat != nil {
		q.seat.forget(k, q.seq)
	}
}

// written is the number of the last message that was handed to the network of k; 0: it is not k's member.
func (m *member) written(k carrier) uint64 {
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	if m.sock != k {
		return 0
	}
	return m.sent
}

// forget drops messages that k's other end has read.
func (m *member) forget(k carrier, seq uint64) {
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	if m.sock != k {
		return
	}
	n := 0
	for ; n < len(m.log) && m.log[n].seq <= seq; n++ {
		m.logBytes -= len(m.log[n].data)
	}
	m.log = slices.Clone(m.log[n:]) // of its own size: most members wait for little
}
