// Package peerix is the wire of Peerix (github.com/meefik/peerix), a library for calls between browser pages
// over any message broker: its packets, their encryption, its control channel and its application channels.
// It does no I/O. What arrives is checked for size before anything is done with it.
//
// There are two generations, which do not understand each other. That of Peerix 0.5 to 0.7:
//
//   - A [Packet] has the sender's compressed public key (P-256), a type, and a payload: a JSON array,
//     compressed (zlib) if that makes it smaller, then encrypted for the receiver (AES-256-GCM under the
//     X coordinate of the ECDH point). A peer's ID is its key in base 62.
//   - A subject is the base 62 of the SHA-256 of the room's name, or of a peer's ID.
//   - Once connected, peers negotiate over data channel 0 in binary [Control] messages.
//   - Text and files go over data channels in numbered [Transfer] packets that are acknowledged.
//
// That of Peerix 0.1 and 0.2, see [First]: JSON arrays, optionally encrypted under a shared secret; IDs are
// UUIDs, subjects are names joined by a dot; control messages are JSON text, and text goes as it is.
package peerix

import "fmt"

// Type says what a packet is for.
type Type uint32

// The types of Peerix 0.5 to 0.7.
const (
	Announce  Type = 1 // to the room: a newcomer is here; no payload
	Invoke    Type = 2 // to a peer: offer to me; [metadata]
	Offer     Type = 3 // [description, metadata]
	Answer    Type = 4 // [description]
	Candidate Type = 5 // [candidate, …]
)

// Flags of a packet's payload.
const (
	compressed = 1
	encrypted  = 2
)

// Limits.
const (
	KeySize    = 33        // bytes of a compressed public key
	MaxPacket  = 160 << 10 // bytes of a packet
	MaxPayload = 256 << 10 // bytes of a payload, once decrypted and decompressed
)

// Key is a peer's compressed public key, or random bytes where nothing is encrypted.
type Key [KeySize]byte

// Packet is what is published in a subject.
type Packet struct {
	Type    Type
	Flags   uint32
	Sender  Key
	Payload []byte // as it travels
}

// Append appends the packet's form on the wire.
func (p *Packet) Append(b []byte) []byte {
	b = appendUint(b, 1, uint32(p.Type))
	b = appendUint(b, 2, p.Flags)
	b = appendBytes(b, 3, p.Sender[:])
	return appendBytes(b, 4, p.Payload)
}

// ParsePacket reads a packet. Its payload is part of data. Errors wrap ErrWire.
func ParsePacket(data []byte) (Packet, error) {
	if len(data) > MaxPacket {
		return Packet{}, fmt.Errorf("%w: packet of %d bytes, at most %d", ErrWire, len(data), MaxPacket)
	}
	var p Packet
	sender := false
	err := fields(data, func(f field) error {
		switch f.number {
		case 1:
			p.Type = Type(f.uint)
			return f.expect(varintWire)
		case 2:
			p.Flags = f.uint
			return f.expect(varintWire)
		case 3:
			if len(f.bytes) != KeySize {
				return fmt.Errorf("%w: sender of %d bytes, want %d", ErrWire, len(f.bytes), KeySize)
			}
			p.Sender, sender = Key(f.bytes), true
			return f.expect(bytesWire)
		case 4:
			p.Payload = f.bytes
			return f.expect(bytesWire)
		}
		return nil
	})
	switch {
	case err != nil:
		return Packet{}, err
	case p.Type == 0 || !sender:
		return Packet{}, fmt.Errorf("%w: packet without type or sender", ErrWire)
	}
	return p, nil
}
