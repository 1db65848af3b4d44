package send

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"
)

// AudioPeer is one peer's share of an Audio. All methods are safe from any goroutine; none but Close
// waits.
type AudioPeer struct {
	audio *Audio
	id    string
	sink  Sink
	gone  chan struct{} // closed by the loop when it has let the peer go

	bytesSent, packetsSent atomic.Uint64

	mu     sync.Mutex
	loss   float64
	closed bool
}

// SetLoss says how much of the sound the peer loses, 0 to 1. The encoder's in-band error correction
// follows the worst of all peers.
func (p *AudioPeer) SetLoss(fraction float64) {
	p.mu.Lock()
	p.loss = min(1, max(0, fraction))
	p.mu.Unlock()
	p.audio.wake()
}

// AudioPeerStats are the figures of what one peer was sent.
type AudioPeerStats struct {
	BytesSent   uint64 // of RTP payload
	PacketsSent uint64
}

// Stats are the figures of this peer.
func (p *AudioPeer) Stats() AudioPeerStats {
	return AudioPeerStats{BytesSent: p.bytesSent.Load(), PacketsSent: p.packetsSent.Load()}
}

// Close ends sending to the peer: once it has returned, its Sink is not called again. It works any
// number of times, and must not be called by a Sink.
func (p *AudioPeer) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.audio.wake()
	<-p.gone
}

func (p *AudioPeer) takeWish() (closed bool, loss float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed, p.loss
}

// audioOutlet is what the loop knows of a peer.
type audioOutlet struct {
	peer     *AudioPeer
	sequence uint16 // of the next packet
	offset   uint32 // added to the source's ticks
	begun    bool
}

func newAudioOutlet(p *AudioPeer) *audioOutlet {
	return &audioOutlet{peer: p, sequence: uint16(rand.Uint32N(1 << 15)), offset: rand.Uint32()}
}

// send writes one packet; first marks the beginning of a burst of sound (RFC 3551 section 4.1).
func (o *audioOutlet) send(packet []byte, ticks uint32, first bool, h *rtp.Header) {
	*h = rtp.Header{
		Version:        2,
		Marker:         first || !o.begun,
		SequenceNumber: o.sequence,
		Timestamp:      ticks + o.offset,
		Extensions:     h.Extensions[:0],
	}
	o.begun = true
	o.sequence++
	_, _ = o.peer.sink.WriteRTP(h, packet) // a path that is down: its state is told elsewhere
	o.peer.bytesSent.Add(uint64(len(packet)))
	o.peer.packetsSent.Add(1)
}
