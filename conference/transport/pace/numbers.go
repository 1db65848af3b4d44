package pace

import (
	"math/rand/v2"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// numbers gives what leaves in one slot its numbers. They run on without gaps whatever tier and layers
// the peer gets and whatever is thrown away before it leaves, so that a receiver takes every gap it sees
// for loss, and no change of tier.
type numbers struct {
	sequence  uint16 // of the next packet
	offset    uint32 // added to a source's ticks
	timestamp uint32 // of the last picture
	started   bool   // timestamp is valid
	pictureID uint16 // of the last picture, 15 bits
	tl0picidx uint8  // of the last base picture
}

// newNumbers starts at random (RFC 3550 section 5.1). The sequence number starts in the lower half,
// since SRTP loses its place when the first packets are lost right at a wrap (RFC 3711 section 3.3.1).
func newNumbers() numbers {
	return numbers{
		sequence:  uint16(rand.Uint32N(1 << 15)),
		offset:    rand.Uint32(),
		pictureID: uint16(rand.Uint32N(1 << 15)),
		tl0picidx: uint8(rand.Uint32()),
	}
}

// picture begins the next picture and returns its descriptor. One whose tick is not after the last
// one's (a tier that takes over with a picture that the old one has sent) follows it by one tick: two
// pictures of one timestamp would be one to a receiver.
func (n *numbers) picture(f *media.EncodedFrame) vp8rtp.Descriptor {
	timestamp := f.RTPTime + n.offset
	if n.started && int32(timestamp-n.timestamp) <= 0 {
		timestamp = n.timestamp + 1
	}
	n.timestamp, n.started = timestamp, true
	n.pictureID = (n.pictureID + 1) & vp8rtp.PictureIDMask
	if f.TemporalID == 0 {
		n.tl0picidx++
	}
	return vp8rtp.Describe(f, n.pictureID, n.tl0picidx)
}

// next is the sequence number of the packet that leaves now.
func (n *numbers) next() uint16 {
	s := n.sequence
	n.sequence++
	return s
}
