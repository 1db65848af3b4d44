package beacon

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"

	"confab/conference/signaling"
)

// Sizes of a packet in bytes.
const (
	hiSize    = 5
	fixedSize = 61 // from the magic to the flags
	// MaxPacket is the size of the longest packet.
	MaxPacket = fixedSize + 1 + signaling.MaxRoom + 1 + signaling.MaxName + ed25519.SignatureSize
)

const (
	magic   = "CFB\x01" // the last byte is the version
	purpose = "confab lan beacon\x00"
)

// Errors of packets that are dropped.
var (
	ErrPacket  = errors.New("malformed beacon")
	ErrVersion = errors.New("beacon of another version")
)

// Kind is what a packet says.
type Kind uint8

// The kinds of packets.
const (
	Hi  Kind = iota + 1 // who is there?
	Am                  // I am, in this room
	Bye                 // I was
)

// String is the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Hi:
		return "hi"
	case Am:
		return "am"
	case Bye:
		return "bye"
	}
	return "unknown"
}

// Key is an Ed25519 public key: who speaks.
type Key [ed25519.PublicKeySize]byte

// RoomID tells rooms of one name apart. Who founds a room makes it up.
type RoomID [8]byte

// Announcement is what a member says about itself and its room.
type Announcement struct {
	Room    string // as signaling.CleanRoom leaves it
	ID      RoomID
	Name    string // of the member; as signaling.CleanName leaves it, may be empty
	Port    uint16 // TCP, where the member listens; not 0
	Rank    uint32 // rises with the order in which the members came
	Members uint8  // as many as this one sees, itself included
	Locked  bool   // a password is needed
}

// Packet is one beacon. Hi has nothing but its kind.
type Packet struct {
	Kind    Kind
	Key     Key
	Counter uint64 // rises from packet to packet of a key
	Announcement
}

// Encode signs a packet and gives its bytes.
func (p *Packet) Encode(key ed25519.PrivateKey) []byte {
	b := make([]byte, 0, MaxPacket)
	b = append(b, magic...)
	b = append(b, byte(p.Kind))
	if p.Kind == Hi {
		return b
	}
	b = append(b, key.Public().(ed25519.PublicKey)...)
	b = binary.BigEndian.AppendUint64(b, p.Counter)
	b = append(b, p.ID[:]...)
	b = binary.BigEndian.AppendUint32(b, p.Rank)
	b = binary.BigEndian.AppendUint16(b, p.Port)
	var flags byte
	if p.Locked {
		flags = 1
	}
	b = append(b, p.Members, flags)
	b = append(append(b, byte(len(p.Room))), p.Room...)
	b = append(append(b, byte(len(p.Name))), p.Name...)
	return append(b, ed25519.Sign(key, signed(b))...)
}

// signed is what the signature of a packet's beginning is made of.
func signed(b []byte) []byte { return append([]byte(purpose), b...) }

// Parse reads a packet, whose signature is not looked at yet. Errors wrap ErrPacket or ErrVersion.
func Parse(data []byte) (Packet, error) {
	var p Packet
	switch {
	case len(data) < hiSize || len(data) > MaxPacket:
		return p, fmt.Errorf("%w: %d bytes, want %d to %d", ErrPacket, len(data), hiSize, MaxPacket)
	case string(data[:3]) != magic[:3]:
		return p, fmt.Errorf("%w: it begins with %x", ErrPacket, data[:3])
	case data[3] != magic[3]:
		return p, fmt.Errorf("%w: %d", ErrVersion, data[3])
	}
	p.Kind = Kind(data[4])
	switch {
	case p.Kind == Hi && len(data) == hiSize:
		return p, nil
	case p.Kind != Am && p.Kind != Bye:
		return p, fmt.Errorf("%w: kind %d with %d bytes", ErrPacket, p.Kind, len(data))
	case len(data) < fixedSize+2+ed25519.SignatureSize:
		return p, fmt.Errorf("%w: %s with %d bytes", ErrPacket, p.Kind, len(data))
	}
	copy(p.Key[:], data[5:])
	p.Counter = binary.BigEndian.Uint64(data[37:])
	copy(p.ID[:], data[45:])
	p.Rank = binary.BigEndian.Uint32(data[53:])
	p.Port = binary.BigEndian.Uint16(data[57:])
	p.Members, p.Locked = data[59], data[60]&1 != 0
	rest := data[fixedSize : len(data)-ed25519.SignatureSize]
	var ok bool
	if p.Room, rest, ok = text(rest); !ok {
		return p, fmt.Errorf("%w: room is longer than the packet", ErrPacket)
	}
	if p.Name, rest, ok = text(rest); !ok || len(rest) != 0 {
		return p, fmt.Errorf("%w: name does not end where the packet does", ErrPacket)
	}
	return p, p.check()
}

// text takes a length and as many bytes.
func text(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}

// check finds what no member says.
func (p *Packet) check() error {
	room, err := signaling.CleanRoom(p.Room)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrPacket, err)
	case room != p.Room:
		return fmt.Errorf("%w: spaces around the room's name", ErrPacket)
	case signaling.CleanName(p.Name) != p.Name:
		return fmt.Errorf("%w: name %.64q is not clean", ErrPacket, p.Name)
	case p.Port == 0:
		return fmt.Errorf("%w: port 0", ErrPacket)
	case p.Members == 0:
		return fmt.Errorf("%w: room without members", ErrPacket)
	}
	return nil
}

// Verify tells whether the packet in data, which Parse takes, was signed by its key.
func (p *Packet) Verify(data []byte) bool {
	end := len(data) - ed25519.SignatureSize
	return p.Kind != Hi && end > 0 && ed25519.Verify(p.Key[:], signed(data[:end]), data[end:])
}
