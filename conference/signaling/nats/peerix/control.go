package peerix

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Event says what a control message is for.
type Event uint32

// The events.
const (
	Signal  Event = 1 // [description, labels] or [candidate]
	Channel Event = 2 // {label, …}: asks for a data channel
)

// Control is a message of the control channel: the data channel 0, negotiated, ordered and reliable.
type Control struct {
	Event   Event
	Payload []byte // JSON
}

// Append appends the message's form on the wire.
func (c *Control) Append(b []byte) []byte {
	return appendBytes(appendUint(b, 1, uint32(c.Event)), 2, c.Payload)
}

// ParseControl reads a control message. Its payload is part of data. Errors wrap ErrWire.
func ParseControl(data []byte) (Control, error) {
	if len(data) > MaxPayload {
		return Control{}, fmt.Errorf("%w: control message of %d bytes, at most %d", ErrWire, len(data), MaxPayload)
	}
	var c Control
	err := fields(data, func(f field) error {
		switch f.number {
		case 1:
			c.Event = Event(f.uint)
			return f.expect(varintWire)
		case 2:
			c.Payload = f.bytes
			return f.expect(bytesWire)
		}
		return nil
	})
	if err == nil && (c.Event == 0 || c.Payload == nil) {
		err = fmt.Errorf("%w: control message without event or payload", ErrWire)
	}
	if err != nil {
		return Control{}, err
	}
	return c, nil
}

// Description is an RTCSessionDescriptionInit.
type Description struct {
	Type string `json:"type"` // offer or answer
	SDP  string `json:"sdp"`
}

// Labels names the streams of an offer, by their IDs in the description (a=msid).
type Labels map[string]string

// Wish asks the other side to make a data channel, in a message of the event Channel.
type Wish struct {
	Label string `json:"label"`
}

// maxLabels bounds the labels that we take.
const maxLabels = 64

// Array is the JSON array of some values, without the escapes that HTML would need.
func Array(values ...any) ([]byte, error) { return Object(values) }

// Object is the JSON of a value, without those escapes.
func Object(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// maxElements bounds the elements of an array.
const maxElements = 256

// Elements are those of a JSON array; an empty payload has none. Errors wrap ErrWire.
func Elements(payload []byte) ([]json.RawMessage, error) {
	if len(payload) == 0 {
		return nil, nil
	}
	var all []json.RawMessage
	if err := json.Unmarshal(payload, &all); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrWire, err)
	}
	if len(all) > maxElements {
		return nil, fmt.Errorf("%w: %d elements, at most %d", ErrWire, len(all), maxElements)
	}
	return all, nil
}

// ParseDescription reads a description. Errors wrap ErrWire.
func ParseDescription(data json.RawMessage) (Description, error) {
	var d Description
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("%w: description: %v", ErrWire, err)
	}
	if d.Type != "offer" && d.Type != "answer" || d.SDP == "" {
		return d, fmt.Errorf("%w: description of type %.16q with %d bytes", ErrWire, d.Type, len(d.SDP))
	}
	return d, nil
}

// ParseLabels reads the labels of an offer; null stands for none. Errors wrap ErrWire.
func ParseLabels(data json.RawMessage) (Labels, error) {
	var l Labels
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%w: labels: %v", ErrWire, err)
	}
	if len(l) > maxLabels {
		return nil, fmt.Errorf("%w: %d labels, at most %d", ErrWire, len(l), maxLabels)
	}
	return l, nil
}
