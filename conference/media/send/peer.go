package send

import (
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// VideoPeer is one peer's share of a Video. All methods are safe from any goroutine; none but Close
// waits.
type VideoPeer struct {
	video *Video
	id    string
	sink  Sink
	gone  chan struct{} // closed by the loop when it has let the peer go

	bytesSent, packetsSent, framesSent, pliCount atomic.Uint64
	tierName                                     atomic.Pointer[string]
	layer                                        atomic.Int32

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
// least as high (within 10 %), and nothing while it does not show the picture. A height of 0 is the
// captured size.
func (p *VideoPeer) SetView(_, height int, visible bool) {
	p.change(func(w *wish) { w.height, w.visible = height, visible })
}

// SetTemporalLayers says how many of the three temporal layers the peer gets, 1 to 3.
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

// PeerStats are the figures of what one peer was sent.
type PeerStats struct {
	Tier          string // the tier it gets; empty: none
	TemporalLayer int    // the highest it gets
	BytesSent     uint64 // of RTP payload
	PacketsSent   uint64
	FramesSent    uint64
	PLICount      uint64 // requests for key frames
}

// Stats are the figures of this peer.
func (p *VideoPeer) Stats() PeerStats {
	s := PeerStats{
		TemporalLayer: int(p.layer.Load()),
		BytesSent:     p.bytesSent.Load(),
		PacketsSent:   p.packetsSent.Load(),
		FramesSent:    p.framesSent.Load(),
		PLICount:      p.pliCount.Load(),
	}
	if name := p.tierName.Load(); name != nil {
		s.Tier = *name
	}
	return s
}

// Close ends sending to the peer: once it has returned, its Sink is not called again. It works any
// number of times, and must not be called by a Sink.
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

// outlet is what the loop knows of a peer.
type outlet struct {
	peer     *VideoPeer
	wish     wish
	current  *tier // what the peer gets; nil: nothing yet
	target   *tier // what it should get, once that has a key frame; nil: nothing
	layers   layers
	rewriter rewriter
}

// move makes t the tier that the peer gets.
func (o *outlet) move(t *tier) {
	o.current = t
	if t == nil {
		o.peer.tierName.Store(nil)
		return
	}
	o.peer.tierName.Store(&t.name)
}

// send writes a frame to the peer if its layer is for it. h and payload are the caller's scratch memory;
// nothing is allocated.
func (o *outlet) send(f *media.EncodedFrame, ticks uint32, h *rtp.Header, payload []byte) {
	if !o.layers.passes(f) {
		return
	}
	o.peer.layer.Store(int32(o.layers.current))
	d := o.rewriter.frame(f, ticks)
	packets := vp8rtp.Packetize(f.Data, vp8rtp.MaxPayload)
	sent, n := 0, packets.Len()
	for i := range n {
		o.rewriter.packet(h, i == n-1)
		b := packets.AppendTo(payload[:0], i, d)
		_, _ = o.peer.sink.WriteRTP(h, b) // a path that is down: its state is told elsewhere
		sent += len(b)
	}
	o.peer.bytesSent.Add(uint64(sent))
	o.peer.packetsSent.Add(uint64(n))
	o.peer.framesSent.Add(1)
}
