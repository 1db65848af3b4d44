package send

import (
	"sync"
	"sync/atomic"
)

// VideoPeer is one peer's share of a Video. All methods are safe from any goroutine; none but Close
// waits.
type VideoPeer struct {
	video *Video
	id    string
	line  Line
	gone  chan struct{} // closed by the loop when it has let the peer go

	framesSent, pliCount atomic.Uint64
	tierName             atomic.Pointer[string]
	layer                atomic.Int32

	mu   sync.Mutex
	wish wish
}

// wish is what a peer wants, until the loop looks.
type wish struct {
	height   int // pixels; 0: the captured size
	visible  bool
	layer    uint8 // the highest temporal layer
	keyFrame bool  // asked for since the loop last looked
	closed   bool
}

// SetView says how the peer shows the picture, in its pixels. It gets the smallest tier that is at
// least as high (within 10 %), or a smaller one if its line does not carry that, and nothing while it
// does not show the picture. A height of 0 is the captured size.
func (p *VideoPeer) SetView(_, height int, visible bool) {
	p.change(func(w *wish) { w.height, w.visible = height, visible })
}

// SetTemporalLayers says how many of the three temporal layers the peer gets at most, 1 to 3.
func (p *VideoPeer) SetTemporalLayers(n int) {
	layer := uint8(min(max(n, 1), topLayer+1) - 1)
	p.change(func(w *wish) { w.layer = layer })
}

// RequestKeyFrame asks for a key frame of the peer's tier (RFC 4585 section 6.3.1). Requests of all
// peers are coalesced.
func (p *VideoPeer) RequestKeyFrame() {
	p.pliCount.Add(1)
	p.change(func(w *wish) { w.keyFrame = true })
}

// Restart says that the peer's line begins anew ([media.Budget.Generation]): it gets a key frame of the
// latest picture now, without waiting for the next one.
func (p *VideoPeer) Restart() { p.video.wake() }

// PeerStats are the figures of what one peer was sent.
type PeerStats struct {
	Tier          string // the tier it gets; empty: none
	TemporalLayer int    // the highest it gets
	FramesSent    uint64 // that its line took
	PLICount      uint64 // requests for key frames
}

// Stats are the figures of this peer.
func (p *VideoPeer) Stats() PeerStats {
	s := PeerStats{
		TemporalLayer: int(p.layer.Load()),
		FramesSent:    p.framesSent.Load(),
		PLICount:      p.pliCount.Load(),
	}
	if name := p.tierName.Load(); name != nil {
		s.Tier = *name
	}
	return s
}

// Close ends sending to the peer: once it has returned, its line is not used again. It works any number
// of times, and must not be called by a line.
func (p *VideoPeer) Close() {
	p.change(func(w *wish) { w.closed = true })
	<-p.gone
}

func (p *VideoPeer) change(f func(*wish)) {
	p.mu.Lock()
	f(&p.wish)
	p.mu.Unlock()
	p.video.wake()
}

func (p *VideoPeer) takeWish() wish {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.wish
	p.wish.keyFrame = false
	return w
}
