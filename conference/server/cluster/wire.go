package cluster

import (
	"encoding/binary"
	"errors"
)

// kind says what an envelope is for.
type kind byte

const (
	kindBeat   kind = 1 + iota // to all: I live
	kindBye                    // to each: I do not any more
	kindTell                   // numbered, as are questions
	kindAsk                    // the reply goes to NATS' reply subject
	kindBroken                 // something of that stream of yours is missing
	kindProbe                  // nothing: NATS says if nobody listens
)

// sizes of an envelope's parts, in bytes. It is: kind, sender, name of the stream, number, body.
const (
	sizeID       = 16
	sizeStream   = 8
	sizeEnvelope = 1 + sizeID + sizeStream + 8
)

// envelope is what is sent.
type envelope struct {
	Kind   kind
	From   ID
	Stream string // of the sender, or, in kindBroken, of the receiver
	Number uint64
	Body   []byte
}

var errEnvelope = errors.New("no message of an instance")

func (e envelope) encode() []byte {
	b := make([]byte, sizeEnvelope, sizeEnvelope+len(e.Body))
	b[0] = byte(e.Kind)
	copy(b[1:1+sizeID], e.From)
	copy(b[1+sizeID:1+sizeID+sizeStream], e.Stream)
	binary.BigEndian.PutUint64(b[1+sizeID+sizeStream:], e.Number)
	return append(b, e.Body...)
}

// parseEnvelope reads one; its body is not copied.
func parseEnvelope(b []byte) (envelope, error) {
	if len(b) < sizeEnvelope || b[0] < byte(kindBeat) || b[0] > byte(kindProbe) || !isID(b[1:1+sizeID]) {
		return envelope{}, errEnvelope
	}
	return envelope{
		Kind: kind(b[0]), From: ID(b[1 : 1+sizeID]), Stream: string(b[1+sizeID : 1+sizeID+sizeStream]),
		Number: binary.BigEndian.Uint64(b[1+sizeID+sizeStream:]), Body: b[sizeEnvelope:],
	}, nil
}

func isID(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return len(b) == sizeID
}
