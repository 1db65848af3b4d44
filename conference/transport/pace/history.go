package pace

import (
	"time"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// historySize is how many packets of a slot can be sent again: two seconds of 2,500 kbit/s.
const historySize = 512

// piece is one packet of a picture: where its bytes are, and its numbers. The bytes are shared by all
// peers; nothing is copied before it is written.
type piece struct {
	frame      *media.EncodedFrame
	packets    vp8rtp.Packets
	descriptor vp8rtp.Descriptor
	index      int // of the packets
	sequence   uint16
	timestamp  uint32
	order      uint64 // running number of the picture in its slot, from 1
	era        uint64 // see line.era
	pushed     time.Time
	waits      bool      // to be sent again
	repaired   time.Time // when it last was
}

// last tells whether the piece ends its picture.
func (p *piece) last() bool { return p.index == p.packets.Len()-1 }

// bytes is the piece's size on the wire.
func (p *piece) bytes() int { return len(p.packets.Piece(p.index)) + vp8rtp.DescriptorSize + overhead }

// history keeps the last packets of a slot, by sequence number.
type history [historySize]piece

// add keeps p in place of the oldest.
func (h *history) add(p piece) { h[p.sequence%historySize] = p }

// find gives the packet of a number, nil if it is gone or never was.
func (h *history) find(sequence uint16) *piece {
	p := &h[sequence%historySize]
	if p.frame == nil || p.sequence != sequence {
		return nil
	}
	return p
}

const (
	// repairAge is how old a picture above the base layer may be to be repaired: later, what could have
	// been shown with it has been shown without.
	repairAge = 400 * time.Millisecond
	// secondRepair is when a repair of the base layer goes once more: a lost repair costs another round
	// trip in which nothing can be decoded. It halved the worst gap at 2 % loss.
	secondRepair = 20 * time.Millisecond
	// oneRequest is how soon after a repair another request for it is the same one: receivers send theirs
	// twice, because they may be lost too.
	oneRequest = 40 * time.Millisecond
)

// repair is one packet to be sent again.
type repair struct {
	line     *line
	sequence uint16
	at       time.Time // a base layer's other copy, which leaves then; zero: the first
}

// repairs are queues of packets that were asked for again.
type repairs struct {
	base   fifo[repair] // of base layers
	upper  fifo[repair]
	second fifo[repair] // the base layer's other copies, in the order of at
}

// clear forgets all repairs of a line.
func (r *repairs) clear(l *line) {
	gone := func(x repair) bool { return x.line == l }
	r.base.remove(gone)
	r.upper.remove(gone)
	r.second.remove(gone)
}

// due moves second copies whose time has come behind the other repairs of base layers.
func (r *repairs) due(now time.Time) {
	for r.second.len() > 0 && !r.second.first().at.After(now) {
		r.base.push(r.second.pop())
	}
}

// next takes the next repair that is still of use from a queue; nil: there is none.
func (r *repairs) next(q *fifo[repair], now time.Time, draining bool) (*line, *piece) {
	for q.len() > 0 {
		x := q.pop()
		p := x.line.history.find(x.sequence)
		if p == nil {
			continue
		}
		p.waits = false
		if x.line.stale(p, now, draining) {
			continue
		}
		p.repaired = now
		if x.at.IsZero() && p.frame.TemporalID == 0 && r.second.len() < maxRepairs {
			x.at = now.Add(secondRepair)
			r.second.push(x)
		}
		return x.line, p
	}
	return nil, nil
}
