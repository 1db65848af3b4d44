package engineio

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// The packet types that a session uses; noop only ends a poll.
const (
	packetOpen    = '0'
	packetClose   = '1'
	packetPing    = '2'
	packetPong    = '3'
	packetMessage = '4'
	packetUpgrade = '5'
	packetNoop    = '6'
)

// separator stands between packets in the body of a request.
const separator = 0x1e

var errPacket = errors.New("malformed packet")

// Session is one client. Its methods are safe from any goroutine.
type Session struct {
	server *Server
	id     string
	opened time.Time

	in   chan []byte   // packets that arrived; taken by run
	wake chan struct{} // capacity 1: there is something to fetch or to write
	done chan struct{} // closed when the session is over

	mu       sync.Mutex
	over     bool
	queue    [][]byte // packets for the client
	queued   int      // bytes of queue
	polled   bool     // a poll waits
	posting  bool     // a request with packets is being read
	probing  bool     // a WebSocket was tried: polls must end
	upgraded bool     // packets go over a WebSocket
	cut      func()   // ends the WebSocket; nil: there is none
}

// ID names the session; whoever knows it can speak for its client.
func (k *Session) ID() string { return k.id }

// Put queues a message for the client; Rouse sees to it that it is sent. A session in which 256 messages
// or 512 KiB wait already is over. It never waits.
func (k *Session) Put(message []byte) { k.put(packetMessage, message) }

// Rouse sends what was put. It never waits.
func (k *Session) Rouse() {
	select {
	case k.wake <- struct{}{}:
	default: // it is looked at anyway
	}
}

// Close ends the session, after what was put has been sent if the client takes it. Any number of times.
func (k *Session) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.endLocked()
}

// Cut ends the session at once.
func (k *Session) Cut() {
	k.mu.Lock()
	k.endLocked()
	cut := k.cut
	k.mu.Unlock()
	if cut != nil {
		cut()
	}
}

func (k *Session) endLocked() {
	if !k.over {
		k.over = true
		close(k.done)
	}
}

// put queues a packet.
func (k *Session) put(kind byte, data []byte) {
	packet := make([]byte, 0, len(data)+1)
	packet = append(append(packet, kind), data...)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over {
		return
	}
	k.queue = append(k.queue, packet)
	if k.queued += len(packet); len(k.queue) > maxQueued || k.queued > maxQueuedBytes {
		k.endLocked()
	}
}

// run hands packets to the handler, and watches over the client, until the session is over.
func (k *Session) run(h Handler) {
	defer h.Closed()
	ping := time.NewTicker(PingInterval)
	defer ping.Stop()
	heard := k.opened
	for {
		select {
		case <-k.done:
			return
		case packet := <-k.in:
			heard = time.Now()
			k.receive(h, packet)
		case now := <-ping.C:
			if now.Sub(heard) > PingInterval+PingTimeout {
				k.Close()
				return
			}
			k.put(packetPing, nil)
			k.Rouse()
		}
	}
}

// receive acts on a packet.
func (k *Session) receive(h Handler, packet []byte) {
	switch packet[0] {
	case packetMessage:
		h.Message(packet[1:])
	case packetPong:
	default: // close; nothing else may come from a client here
		k.Close()
	}
}

// deliver has run handle a packet; false: the session is over.
func (k *Session) deliver(packet []byte) bool {
	select {
	case k.in <- packet:
		return true
	case <-k.done:
		return false
	}
}

// take gives all packets that wait, at most a payload's worth, but one at least if there is one.
func (k *Session) take() [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, size := 0, 0
	for n < len(k.queue) && (n == 0 || size+len(k.queue[n])+1 <= MaxPayload) {
		size += len(k.queue[n]) + 1
		n++
	}
	taken := slices.Clone(k.queue[:n])
	k.queue = k.queue[n:]
	for _, p := range taken {
		k.queued -= len(p)
	}
	return taken
}

// parse splits the body of a request into packets. Errors wrap errPacket.
func parse(body []byte) ([][]byte, error) {
	if !utf8.Valid(body) {
		return nil, errPacket
	}
	packets := bytes.Split(body, []byte{separator})
	if len(packets) > maxQueued {
		return nil, errPacket
	}
	for _, p := range packets {
		if err := check(p); err != nil {
			return nil, err
		}
	}
	return packets, nil
}

// check tells whether a packet is one that clients send.
func check(packet []byte) error {
	if len(packet) == 0 || !slices.Contains([]byte{packetClose, packetPong, packetMessage}, packet[0]) {
		return errPacket
	}
	return nil
}
