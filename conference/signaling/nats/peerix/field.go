package peerix

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrWire is what everything that is not Peerix wraps.
var ErrWire = errors.New("not what Peerix says")

// Wire types of protocol buffers.
const (
	varintWire = 0
	bytesWire  = 2
)

// appendUint appends a field that is a number.
func appendUint(b []byte, number int, value uint32) []byte {
	b = binary.AppendUvarint(b, uint64(number)<<3|varintWire)
	return binary.AppendUvarint(b, uint64(value))
}

// appendBool appends a field that is true; false ones are left out.
func appendBool(b []byte, number int, value bool) []byte {
	if !value {
		return b
	}
	return appendUint(b, number, 1)
}

// appendBytes appends a field of bytes.
func appendBytes(b []byte, number int, value []byte) []byte {
	b = binary.AppendUvarint(b, uint64(number)<<3|bytesWire)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// field is one of a message's.
type field struct {
	number int
	wire   int
	uint   uint32
	bytes  []byte // part of the message
}

// fields calls each with the fields of a message, in their order, until it returns an error. The last of
// several with one number counts, as in protocol buffers.
func fields(message []byte, each func(field) error) error {
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 || key>>3 == 0 || key>>3 > 1<<20 {
			return fmt.Errorf("%w: key of a field", ErrWire)
		}
		message = message[n:]
		f := field{number: int(key >> 3), wire: int(key & 7)}
		value, n := binary.Uvarint(message)
		if n <= 0 {
			return fmt.Errorf("%w: field %d ends early", ErrWire, f.number)
		}
		message = message[n:]
		switch f.wire {
		case varintWire:
			if value > 1<<32-1 {
				return fmt.Errorf("%w: field %d has more than 32 bits", ErrWire, f.number)
			}
			f.uint = uint32(value)
		case bytesWire:
			if value > uint64(len(message)) {
				return fmt.Errorf("%w: field %d has %d bytes, %d are there", ErrWire, f.number, value, len(message))
			}
			f.bytes, message = message[:value:value], message[value:]
		default:
			return fmt.Errorf("%w: field %d is of wire type %d", ErrWire, f.number, f.wire)
		}
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// expect tells whether a field has the wire type that its number demands.
func (f field) expect(wire int) error {
	if f.wire != wire {
		return fmt.Errorf("%w: field %d is of wire type %d, want %d", ErrWire, f.number, f.wire, wire)
	}
	return nil
}
