package send

import (
	"sync"

	"confab/conference/media"
)

// AudioPeer is one peer's share of an Audio. All methods are safe from any goroutine; none but Close
// waits.
type AudioPeer struct {
	audio *Audio
	id    string
	line  SoundLine
	gone  chan struct{} // closed by the loop when it has let the peer go

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

// Close ends sending to the peer: once it has returned, its line is not used again. It works any number
// of times, and must not be called by a line.
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
	peer  *AudioPeer
	begun bool
}

// send pushes one packet. A peer's first one begins its sound.
func (o *audioOutlet) send(s *media.EncodedSound) {
	if !o.begun {
		o.begun = true
		first := *s
		first.Start = true
		s = &first
	}
	o.peer.line.PushSound(s)
}
