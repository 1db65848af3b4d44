package peerix

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// The types of Peerix 0.1 and 0.2 that differ; Offer has number 2, Answer 3, Candidate 4 there.
const (
	FirstJoin      Type = 1 // to the room: [1, id, metadata]
	FirstOffer     Type = 2 // [2, id, description, metadata]
	FirstAnswer    Type = 3 // [3, id, description]
	FirstCandidate Type = 4 // [4, id, candidate]
	FirstLeave     Type = 5 // to the room: [5, id]
)

// maxFirstID bounds a peer's ID, in bytes.
const maxFirstID = 64

// First is a packet of Peerix 0.1 and 0.2.
type First struct {
	Type   Type
	Sender string // a UUID, by custom
	Values []json.RawMessage
}

// FirstSecret is the key that all peers of a room derive from a text that they share; nil for an empty one.
func FirstSecret(text string) (*Secret, error) {
	if text == "" {
		return nil, nil
	}
	sum := sha256.Sum256([]byte(text))
	return newSecret(sum[:])
}

// NewFirstID makes an ID for one stay in a room: a random UUID (RFC 9562 section 5.4).
func NewFirstID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Encode gives the packet's form on the wire.
func (f *First) Encode(secret *Secret) ([]byte, error) {
	values := []any{f.Type, f.Sender}
	for _, v := range f.Values {
		values = append(values, v)
	}
	plain, err := Array(values...)
	if err != nil {
		return nil, err
	}
	data := deflate(plain)
	if secret != nil {
		data = secret.encrypt(data)
	}
	return data, nil
}

// ParseFirst reads a packet. Errors wrap ErrWire, ErrSealed or ErrSize.
func ParseFirst(secret *Secret, data []byte) (First, error) {
	if len(data) > MaxPacket {
		return First{}, fmt.Errorf("%w: packet of %d bytes, at most %d", ErrWire, len(data), MaxPacket)
	}
	if secret != nil {
		var err error
		if data, err = secret.decrypt(data); err != nil {
			return First{}, err
		}
	}
	if len(data) > 0 && data[0] != '[' { // compression can be switched off
		var err error
		if data, err = inflate(data); err != nil {
			return First{}, err
		}
	}
	all, err := Elements(data)
	if err != nil {
		return First{}, err
	}
	if len(all) < 2 {
		return First{}, fmt.Errorf("%w: packet without type or sender", ErrWire)
	}
	var f First
	if err := json.Unmarshal(all[0], &f.Type); err != nil {
		return First{}, fmt.Errorf("%w: type: %v", ErrWire, err)
	}
	if err := json.Unmarshal(all[1], &f.Sender); err != nil {
		return First{}, fmt.Errorf("%w: sender: %v", ErrWire, err)
	}
	if f.Sender == "" || len(f.Sender) > maxFirstID {
		return First{}, fmt.Errorf("%w: sender of %d bytes, want 1 to %d", ErrWire, len(f.Sender), maxFirstID)
	}
	f.Values = all[2:]
	return f, nil
}

// FirstControl is the text of a control message: ["offer", description, labels], ["answer", description],
// ["candidate", candidate] or ["channel", wish].
func FirstControl(event string, values ...any) ([]byte, error) {
	return Array(append([]any{event}, values...)...)
}

// ParseFirstControl reads a control message. Errors wrap ErrWire.
func ParseFirstControl(data []byte) (event string, values []json.RawMessage, err error) {
	if len(data) > MaxPayload {
		return "", nil, fmt.Errorf("%w: control message of %d bytes, at most %d", ErrWire, len(data), MaxPayload)
	}
	all, err := Elements(data)
	if err != nil {
		return "", nil, err
	}
	if len(all) == 0 {
		return "", nil, fmt.Errorf("%w: control message without event", ErrWire)
	}
	if err := json.Unmarshal(all[0], &event); err != nil {
		return "", nil, fmt.Errorf("%w: event: %v", ErrWire, err)
	}
	return event, all[1:], nil
}
