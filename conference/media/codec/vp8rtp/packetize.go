package vp8rtp

import (
	"encoding/binary"
	"fmt"

	"confab/conference/media"
)

// MaxPayload is how many bytes of RTP payload Confab sends at most, the descriptor included: with the
// headers of RTP, SRTP, UDP and IPv6, and those of a relay, it fits every path of 1,280 bytes.
const MaxPayload = 1200

// DescriptorSize is how many bytes the descriptors of [Describe] take.
const DescriptorSize = 6

// Describe is the descriptor of the payloads of f in Confab's fixed layout, with the numbers of one
// peer's stream. Its Start is for the first payload; [Packets.AppendTo] sets it. Frames of layer 2 are
// nobody's reference.
func Describe(f *media.EncodedFrame, pictureID uint16, tl0picidx uint8) Descriptor {
	return Descriptor{
		NonReference: f.TemporalID == 2 && !f.KeyFrame,
		PictureID:    pictureID & PictureIDMask,
		TL0PICIDX:    tl0picidx,
		TemporalID:   f.TemporalID,
		LayerSync:    f.LayerSync,
		HasPictureID: true, HasTL0PICIDX: true, HasTemporalID: true,
	}
}

// Rewrite gives a payload in the layout of [Describe] other numbers, in place. Another layout is left
// alone and false returned.
func Rewrite(payload []byte, pictureID uint16, tl0picidx uint8) bool {
	if len(payload) < DescriptorSize || payload[0]&bitX == 0 ||
		payload[1]&(bitI|bitL|bitT) != bitI|bitL|bitT || payload[2]&bitM == 0 {
		return false
	}
	binary.BigEndian.PutUint16(payload[2:], bitM<<8|pictureID&PictureIDMask)
	payload[4] = tl0picidx
	return true
}

// Packets is one frame cut into pieces whose sizes differ by one byte at most: a small last packet
// would cost as much as a full one, and arrive before it. It is a value that shares the frame's memory.
type Packets struct {
	frame []byte
	n     int // pieces
	size  int // bytes of the shorter pieces
	more  int // how many of the first pieces have one byte more
}

// Packetize cuts a frame for payloads of at most maxPayload bytes, DescriptorSize of them for the
// descriptor. maxPayload 0 is MaxPayload; one without room for VP8 panics. An empty frame has no
// packets. Nothing is copied or allocated.
func Packetize(frame []byte, maxPayload int) Packets {
	if maxPayload == 0 {
		maxPayload = MaxPayload
	}
	room := maxPayload - DescriptorSize
	if room < 1 {
		panic(fmt.Sprintf("vp8rtp: payloads of %d bytes", maxPayload))
	}
	if len(frame) == 0 {
		return Packets{}
	}
	n := (len(frame)-1)/room + 1
	return Packets{frame: frame, n: n, size: len(frame) / n, more: len(frame) % n}
}

// Len is the number of packets.
func (p Packets) Len() int { return p.n }

// Piece is the VP8 data of packet i, from 0. It shares the frame's memory: it is not to be changed.
func (p Packets) Piece(i int) []byte {
	if i < 0 || i >= p.n {
		panic(fmt.Sprintf("vp8rtp: packet %d of %d", i, p.n))
	}
	from := i*p.size + min(i, p.more)
	to := (i+1)*p.size + min(i+1, p.more)
	return p.frame[from:to:to]
}

// AppendTo appends the payload of packet i, from 0: d with Start set as RFC 7741 section 4.2 asks, then
// the piece. It returns the extended slice, and allocates nothing if dst has room for maxPayload bytes.
func (p Packets) AppendTo(dst []byte, i int, d Descriptor) []byte {
	piece := p.Piece(i)
	d.Start, d.PartitionID = i == 0, 0
	return append(d.AppendTo(dst), piece...)
}
