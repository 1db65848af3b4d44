package peerix

import (
	"errors"
	"fmt"
)

// Kind is what a transfer carries.
type Kind uint32

// The kinds.
const (
	Text  Kind = 1
	JSON  Kind = 2
	Blob  Kind = 3
	Bytes Kind = 4
)

const (
	maxChunk    = 16<<10 - 64 // bytes of a packet's chunk
	maxTransfer = 1<<16 - 1   // greatest number of a transfer; 1 follows
	maxOpen     = 8           // transfers of the other side that are not done
)

// ErrTransfer says that a transfer was given up by the other side, or came in pieces that do not fit.
var ErrTransfer = errors.New("transfer was broken off")

// Transfer is a packet of an application channel. With Ask it is about a transfer of its receiver's:
// that it has arrived (Done), or is not wanted (Abort).
type Transfer struct {
	ID    uint32
	Ask   bool
	Index *uint32 // of the packet within the transfer, from 0; nil: none
	Kind  Kind    // of the first packet; 0: none
	Abort bool
	Done  bool   // the transfer's last packet
	Info  []byte // JSON, of the first packet
	Chunk []byte // nil: none
}

// Append appends the packet's form on the wire.
func (t *Transfer) Append(b []byte) []byte {
	b = appendUint(b, 1, t.ID)
	b = appendBool(b, 2, t.Ask)
	if t.Index != nil {
		b = appendUint(b, 3, *t.Index)
	}
	if t.Kind != 0 {
		b = appendUint(b, 4, uint32(t.Kind))
	}
	b = appendBool(b, 5, t.Abort)
	b = appendBool(b, 6, t.Done)
	if t.Info != nil {
		b = appendBytes(b, 7, t.Info)
	}
	if t.Chunk != nil {
		b = appendBytes(b, 8, t.Chunk)
	}
	return b
}

// ParseTransfer reads a packet. Its slices are part of data. Errors wrap ErrWire.
func ParseTransfer(data []byte) (Transfer, error) {
	if len(data) > MaxPayload {
		return Transfer{}, fmt.Errorf("%w: packet of %d bytes, at most %d", ErrWire, len(data), MaxPayload)
	}
	var t Transfer
	err := fields(data, func(f field) error {
		want := varintWire
		switch f.number {
		case 1:
			t.ID = f.uint
		case 2:
			t.Ask = f.uint != 0
		case 3:
			index := f.uint
			t.Index = &index
		case 4:
			t.Kind = Kind(f.uint)
		case 5:
			t.Abort = f.uint != 0
		case 6:
			t.Done = f.uint != 0
		case 7:
			t.Info, want = f.bytes, bytesWire
		case 8:
			t.Chunk, want = f.bytes, bytesWire
		default:
			return nil
		}
		return f.expect(want)
	})
	if err == nil && (t.ID == 0 || t.ID > maxTransfer) {
		err = fmt.Errorf("%w: transfer number %d, want 1 to %d", ErrWire, t.ID, maxTransfer)
	}
	if err != nil {
		return Transfer{}, err
	}
	return t, nil
}

// Texts makes transfers of texts and texts of transfers, for one application channel. One goroutine may
// Frame while another one Unframes.
type Texts struct {
	max  int // bytes of a text
	sent uint32
	open map[uint32]*incoming
}

// incoming is a transfer that is not done.
type incoming struct {
	next uint32
	text []byte
}

// NewTexts makes one that takes texts of at most max bytes.
func NewTexts(max int) *Texts { return &Texts{max: max, open: make(map[uint32]*incoming)} }

// Frame gives the packets that carry a text.
func (t *Texts) Frame(text string) [][]byte {
	t.sent = t.sent%maxTransfer + 1
	var packets [][]byte
	for rest, index := []byte(text), uint32(0); ; index++ {
		n := min(len(rest), maxChunk)
		p := Transfer{ID: t.sent, Index: &index, Done: n == len(rest), Chunk: rest[:n:n]}
		if index == 0 {
			p.Kind = Text
		}
		packets = append(packets, p.Append(nil))
		if rest = rest[n:]; p.Done {
			return packets
		}
	}
}

// Unframe takes a packet. reply is to be sent back at once if it is not nil; done tells that text is whole.
// Transfers of anything but text are refused, so that their senders know. Errors wrap ErrWire, ErrSize or
// ErrTransfer, and concern one transfer only.
func (t *Texts) Unframe(data []byte) (text string, done bool, reply []byte, err error) {
	p, err := ParseTransfer(data)
	if err != nil || p.Ask {
		return "", false, nil, err // an answer to what we sent needs nothing more
	}
	if p.Abort {
		delete(t.open, p.ID)
		return "", false, nil, fmt.Errorf("%w: by the other side", ErrTransfer)
	}
	in, err := t.find(&p)
	if in == nil {
		if err == nil {
			return "", false, nil, nil // of a transfer that we refused
		}
		return "", false, refusal(p.ID), err
	}
	in.next++
	in.text = append(in.text, p.Chunk...)
	if !p.Done {
		return "", false, nil, nil
	}
	delete(t.open, p.ID)
	receipt := Transfer{ID: p.ID, Ask: true, Done: true}
	return string(in.text), true, receipt.Append(nil), nil
}

// find gives the transfer that a packet belongs to; nil and no error: none of ours.
func (t *Texts) find(p *Transfer) (*incoming, error) {
	in := t.open[p.ID]
	first := p.Kind != 0 && p.Index != nil && *p.Index == 0
	switch {
	case first && p.Kind != Text:
		return nil, fmt.Errorf("%w: it is no text", ErrTransfer)
	case first && len(t.open) >= maxOpen && in == nil:
		return nil, fmt.Errorf("%w: %d others are not done", ErrTransfer, len(t.open))
	case first:
		in = &incoming{}
		t.open[p.ID] = in
	case in == nil:
		return nil, nil
	}
	switch {
	case p.Index == nil || *p.Index != in.next:
		delete(t.open, p.ID)
		return nil, fmt.Errorf("%w: a piece is missing", ErrTransfer)
	case len(in.text)+len(p.Chunk) > t.max:
		delete(t.open, p.ID)
		return nil, fmt.Errorf("%w: text of more than %d bytes", ErrSize, t.max)
	}
	return in, nil
}

// refusal tells the sender of a transfer that it is not wanted.
func refusal(id uint32) []byte {
	p := Transfer{ID: id, Ask: true, Abort: true}
	return p.Append(nil)
}
