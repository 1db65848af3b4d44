package send

import (
	"sync"

	"confab/conference/media"
)

const (
	// repeatFrom is the mean loss from which on a peer is sent twice what no copy covers. Opus copies only
	// frames in which it hears a voice; without this, the beginnings and ends of words would be concealed
	// where they are lost. (At 5 % loss: 1.1 % of the sound concealed, and 0.3 % with it.)
	repeatFrom = 0.005
	// lossWeight is that of a report in the mean, which some five of them decide so, one a second.
	lossWeight = 0.2
)

// AudioPeer is one peer's share of an Audio. All methods are safe from any goroutine; none but Close
// waits.
type AudioPeer struct {
	audio *Audio
	id    string
	line  SoundLine
	gone  chan struct{} // closed by the loop when it has let the peer go

	mu       sync.Mutex
	loss     float64
	meanLoss float64
	closed   bool
}

// SetLoss says how much of the sound the peer loses, 0 to 1. The encoder's in-band error correction
// follows the worst of all peers; what it does not cover is sent twice to a peer that goes on losing.
func (p *AudioPeer) SetLoss(fraction float64) {
	p.mu.Lock()
	p.loss = min(1, max(0, fraction))
	p.meanLoss += lossWeight * (p.loss - p.meanLoss)
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

func (p *AudioPeer) takeWish() (closed bool, loss, mean float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed, p.loss, p.meanLoss
}

// audioOutlet is what the loop knows of a peer.
type audioOutlet struct {
	peer    *AudioPeer
	begun   bool
	repeats bool // the peer gets twice what no copy covers
	own     media.EncodedSound
}

// send pushes one packet. A peer's first one begins its sound.
func (o *audioOutlet) send(s *media.EncodedSound) {
	again := s.Again && o.begun && o.repeats
	if !o.begun || again != s.Again {
		o.own = *s
		o.own.Start, o.own.Again = s.Start || !o.begun, again
		s = &o.own
	}
	o.begun = true
	o.peer.line.PushSound(s)
}
