package audio

import (
	"sync/atomic"

	"github.com/pion/rtp"
)

const (
	// ringSlots is how many packets may wait for the next Pull: 2.5 s of packets of 20 ms.
	ringSlots = 128
	// maxPayload is the longest packet taken, in bytes. A frame of Opus has at most 1275 (RFC 6716
	// section 3.2.1), and longer packets do not fit an Ethernet frame.
	maxPayload = 1500
)

// arrival is one packet and when it came.
type arrival struct {
	ssrc      uint32
	timestamp uint32 // 48 kHz ticks
	sequence  uint16
	length    int
	at        int64 // samples since the playout's epoch
	payload   [maxPayload]byte
}

// ring hands packets from one writer to one reader. Neither locks, waits or allocates. Full: the
// newest packet is refused.
type ring struct {
	slots [ringSlots]arrival
	head  atomic.Uint32 // packets ever written; only the writer stores it
	tail  atomic.Uint32 // packets ever read; only the reader stores it
}

// push copies the packet; false if the ring is full or the packet too long.
func (r *ring) push(at int64, packet *rtp.Packet) bool {
	head := r.head.Load()
	if head-r.tail.Load() >= ringSlots || len(packet.Payload) > maxPayload {
		return false
	}
	a := &r.slots[head%ringSlots]
	a.ssrc, a.timestamp, a.sequence, a.at = packet.SSRC, packet.Timestamp, packet.SequenceNumber, at
	a.length = copy(a.payload[:], packet.Payload)
	r.head.Store(head + 1)
	return true
}

// peek is the oldest packet, nil if there is none. It belongs to the reader until drop.
func (r *ring) peek() *arrival {
	tail := r.tail.Load()
	if tail == r.head.Load() {
		return nil
	}
	return &r.slots[tail%ringSlots]
}

// drop gives the slot of the packet that peek returned back to the writer.
func (r *ring) drop() { r.tail.Add(1) }
