// Package vp8rtp carries VP8 in RTP: the payload descriptor of RFC 7741 section 4.2, and the cutting
// of frames into payloads.
//
// [Parse] reads any descriptor. What Confab sends has one fixed layout of [DescriptorSize] bytes, with
// a 15-bit PictureID, TL0PICIDX and the temporal layer. [Packetize] cuts a frame without copying it:
// the pieces are shared by all peers, and each peer's own descriptor is written in front of them into
// memory of the caller's. [Rewrite] changes one that is already written.
package vp8rtp

import (
	"errors"
	"fmt"
)

// ErrTruncated is the error of a payload that ends before its descriptor does, or with it.
var ErrTruncated = errors.New("vp8rtp: truncated payload")

// PictureIDMask has the bits of a 15-bit PictureID; it counts modulo 2^15.
const PictureIDMask = 1<<15 - 1

// Descriptor is a VP8 payload descriptor (RFC 7741 section 4.2). Fields whose Has flag is unset are 0.
type Descriptor struct {
	NonReference bool   // N: no other frame needs this one
	Start        bool   // S: a partition starts here
	PartitionID  uint8  // PID, 0 to 7
	PictureID    uint16 // 15 bits, or 7 if ShortPictureID
	TL0PICIDX    uint8  // running number of the base layer's frames
	TemporalID   uint8  // TID, 0 to 3
	LayerSync    bool   // Y: the frame refers to the base layer alone; needs HasTemporalID
	KeyIndex     uint8  // KEYIDX, 0 to 31

	ShortPictureID bool // PictureID has 7 bits and counts modulo 128
	HasPictureID   bool // I
	HasTL0PICIDX   bool // L
	HasTemporalID  bool // T
	HasKeyIndex    bool // K
}

// Bits of the first byte, of the extension byte, and of the fields.
const (
	bitX = 0x80
	bitN = 0x20
	bitS = 0x10
	bitI = 0x80
	bitL = 0x40
	bitT = 0x20
	bitK = 0x10
	bitM = 0x80
	bitY = 0x20
)

// Parse reads the descriptor at the head of an RTP payload and returns it with the piece of VP8 that
// follows, which shares the payload's memory and has at least one byte. Reserved bits are ignored. The
// error wraps ErrTruncated.
func Parse(payload []byte) (Descriptor, []byte, error) {
	r := reader{b: payload}
	first := r.byte("descriptor")
	d := Descriptor{NonReference: first&bitN != 0, Start: first&bitS != 0, PartitionID: first & 7}
	if first&bitX != 0 {
		extension := r.byte("extension")
		d.HasPictureID = extension&bitI != 0
		d.HasTL0PICIDX = extension&bitL != 0
		d.HasTemporalID = extension&bitT != 0
		d.HasKeyIndex = extension&bitK != 0
		d.parseFields(&r)
	}
	if r.missing == "" && len(r.b) == 0 {
		r.missing = "VP8 data"
	}
	if r.missing != "" {
		return Descriptor{}, nil, fmt.Errorf("parse payload of %d bytes: no %s: %w", len(payload), r.missing, ErrTruncated)
	}
	return d, r.b, nil
}

func (d *Descriptor) parseFields(r *reader) {
	if d.HasPictureID {
		high := r.byte("PictureID")
		d.PictureID, d.ShortPictureID = uint16(high&^bitM), high&bitM == 0
		if !d.ShortPictureID {
			d.PictureID = d.PictureID<<8 | uint16(r.byte("PictureID"))
		}
	}
	if d.HasTL0PICIDX {
		d.TL0PICIDX = r.byte("TL0PICIDX")
	}
	if d.HasTemporalID || d.HasKeyIndex {
		b := r.byte("TID and KEYIDX")
		if d.HasTemporalID {
			d.TemporalID, d.LayerSync = b>>6, b&bitY != 0
		}
		if d.HasKeyIndex {
			d.KeyIndex = b & 31
		}
	}
}

// AppendTo appends the descriptor in the shortest form that holds its fields, 1 to 6 bytes, and returns
// the extended slice. Bits that a field has no room for are cut off.
func (d *Descriptor) AppendTo(dst []byte) []byte {
	first, extension := d.PartitionID&7, byte(0)
	set(&first, bitN, d.NonReference)
	set(&first, bitS, d.Start)
	set(&extension, bitI, d.HasPictureID)
	set(&extension, bitL, d.HasTL0PICIDX)
	set(&extension, bitT, d.HasTemporalID)
	set(&extension, bitK, d.HasKeyIndex)
	if extension == 0 {
		return append(dst, first)
	}
	dst = append(dst, first|bitX, extension)
	switch {
	case d.HasPictureID && d.ShortPictureID:
		dst = append(dst, byte(d.PictureID)&^bitM)
	case d.HasPictureID:
		dst = append(dst, bitM|byte(d.PictureID>>8), byte(d.PictureID))
	}
	if d.HasTL0PICIDX {
		dst = append(dst, d.TL0PICIDX)
	}
	if d.HasTemporalID || d.HasKeyIndex {
		dst = append(dst, d.layerByte())
	}
	return dst
}

func (d *Descriptor) layerByte() byte {
	var b byte
	if d.HasTemporalID {
		b = d.TemporalID << 6
		set(&b, bitY, d.LayerSync)
	}
	if d.HasKeyIndex {
		b |= d.KeyIndex & 31
	}
	return b
}

// KeyFrame tells whether piece, which followed d in its payload, is the beginning of a key frame
// (RFC 7741 section 4.3).
func (d *Descriptor) KeyFrame(piece []byte) bool {
	return d.Start && d.PartitionID == 0 && len(piece) > 0 && piece[0]&1 == 0
}

// reader takes bytes off a payload; it remembers the first that was missing and goes on with zeros.
type reader struct {
	b       []byte
	missing string
}

func (r *reader) byte(name string) byte {
	if len(r.b) == 0 {
		if r.missing == "" {
			r.missing = name
		}
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func set(b *byte, bit byte, on bool) {
	if on {
		*b |= bit
	}
}
