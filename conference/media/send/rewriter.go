package send

import (
	"math/rand/v2"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// rewriter gives the packets of one peer their numbers. All of them run on without gaps whatever tier
// and layers the peer gets, so that a receiver takes every gap it sees for loss, and no tier switch.
type rewriter struct {
	sequence  uint16 // of the next packet
	offset    uint32 // added to a source's ticks
	timestamp uint32 // of the last frame
	started   bool   // timestamp is valid
	pictureID uint16 // of the last frame, 15 bits
	tl0picidx uint8  // of the last base frame
}

// newRewriter starts at random numbers (RFC 3550 section 5.1). The sequence number starts in the lower
// half, since SRTP loses its place when the first packets are lost right at a wrap (RFC 3711 section
// 3.3.1).
func newRewriter() rewriter {
	return rewriter{
		sequence:  uint16(rand.Uint32N(1 << 15)),
		offset:    rand.Uint32(),
		pictureID: uint16(rand.Uint32N(1 << 15)),
		tl0picidx: uint8(rand.Uint32()),
	}
}

// frame begins the next frame, taken at the given tick of the source's clock, and returns its
// descriptor. A frame whose tick is not after the last one's (a tier that takes over with a picture the
// old one has sent) follows it by one tick: two frames of one timestamp would be one to a receiver.
func (r *rewriter) frame(f *media.EncodedFrame, ticks uint32) vp8rtp.Descriptor {
	timestamp := ticks + r.offset
	if r.started && int32(timestamp-r.timestamp) <= 0 {
		timestamp = r.timestamp + 1
	}
	r.timestamp, r.started = timestamp, true
	r.pictureID = (r.pictureID + 1) & vp8rtp.PictureIDMask
	if f.TemporalID == 0 {
		r.tl0picidx++
	}
	return vp8rtp.Describe(f, r.pictureID, r.tl0picidx)
}

// packet fills the header of the frame's next packet. The header's memory for extensions is kept.
func (r *rewriter) packet(h *rtp.Header, last bool) {
	*h = rtp.Header{
		Version:        2,
		Marker:         last,
		SequenceNumber: r.sequence,
		Timestamp:      r.timestamp,
		Extensions:     h.Extensions[:0],
	}
	r.sequence++
}
