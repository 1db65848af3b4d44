package receive

import (
	"time"

	"github.com/pion/rtp"

	"confab/conference/media/codec/vp8rtp"
)

// ringSize is how many packets a stream may hold at once; a power of two. At 2,500 kbit/s they are 4 s,
// and a frame of more packets (1.2 MB) cannot be decoded.
const ringSize = 1024

// slotState says what is known of a sequence number.
type slotState uint8

const (
	empty    slotState = iota // beyond the newest packet
	missing                   // a later one has arrived
	present                   // a piece of a frame
	padding                   // arrived, without a piece of a frame
	unusable                  // arrived, but cannot be read: as good as missing, but not asked for
)

// slot is what is known of one sequence number.
type slot struct {
	state slotState
	start bool // the first packet of a frame
	key   bool // of a key frame
	mark  bool // the last packet of a frame
	asks  uint8
	at    time.Time // of arrival; of a missing packet: when its absence showed
	asked time.Time
	stamp uint32 // RTP timestamp
	desc  vp8rtp.Descriptor
	piece []byte
}

// hole tells whether the packet stops the frame it belongs to.
func (s *slot) hole() bool { return s.state == missing || s.state == unusable }

// ring holds the packets from next to high, numbered on beyond 16 bits.
type ring struct {
	slots   [ringSize]slot
	next    int64 // the first packet that has not been used
	high    int64 // the newest packet
	missing int   // slots in that state
	marks   bool  // the sender marks the last packets of frames, as RFC 7741 section 4.1 wants it
}

func (r *ring) slot(n int64) *slot { return &r.slots[n&(ringSize-1)] }

// restart empties the ring; n will be its first packet.
func (r *ring) restart(n int64) {
	r.slots = [ringSize]slot{}
	r.next, r.high, r.missing = n, n-1, 0
}

// number is the packet's sequence number, numbered on from the newest packet's.
func (r *ring) number(sequence uint16) int64 {
	return r.high + int64(int16(sequence-uint16(r.high)))
}

// back makes room for a packet before the first.
func (r *ring) back(now time.Time, n int64) {
	for r.next > n {
		r.next--
		*r.slot(r.next) = slot{state: missing, at: now}
		r.missing++
	}
}

// put stores the packet of number n (next to next+ringSize-1), unless it is there already. Those that
// it shows to be missing are noted.
func (r *ring) put(now time.Time, n int64, p *rtp.Packet) bool {
	for r.high < n {
		r.high++
		*r.slot(r.high) = slot{state: missing, at: now}
		r.missing++
	}
	s := r.slot(n)
	if s.state != missing {
		return false
	}
	r.missing--
	*s = read(now, p)
	r.marks = r.marks || s.state == present && s.mark
	return true
}

// read makes a slot of a packet.
func read(now time.Time, p *rtp.Packet) slot {
	s := slot{at: now, stamp: p.Timestamp, mark: p.Marker}
	if len(p.Payload) == 0 {
		s.state = padding
		return s
	}
	desc, piece, err := vp8rtp.Parse(p.Payload)
	if err != nil {
		s.state = unusable
		return s
	}
	s.state, s.desc, s.piece = present, desc, piece
	s.start = desc.Start && desc.PartitionID == 0
	s.key = desc.KeyFrame(piece)
	return s
}

// consume is done with the packets before n.
func (r *ring) consume(n int64) {
	for ; r.next < n; r.next++ {
		s := r.slot(r.next)
		if s.state == missing {
			r.missing--
		}
		*s = slot{}
	}
	r.high = max(r.high, n-1)
}

// firstHole is the first packet from n on that stops the stream; false if there is none.
func (r *ring) firstHole(n int64) (int64, bool) {
	for ; n <= r.high; n++ {
		if r.slot(n).hole() {
			return n, true
		}
	}
	return 0, false
}

// extent says how much of a frame is there.
type extent uint8

const (
	partial  extent = iota // its last packets have not arrived
	holed                  // a packet inside is missing
	cut                    // its sender has dropped its end: the next packet is of another frame
	complete               // all packets are there
)

// frameFrom looks at the frame whose first packet is n. end is one past its last packet; of a holed one
// the hole, of a partial one one past the newest packet. Browsers drop what waits for too long to be sent,
// and number what they do send without gaps.
func (r *ring) frameFrom(n int64) (end int64, e extent) {
	stamp := r.slot(n).stamp
	for end = n; end <= r.high; end++ {
		s := r.slot(end)
		switch {
		case s.hole():
			return end, holed
		case s.state == padding:
		case s.stamp != stamp || s.start && end > n:
			if r.marks {
				return end, cut
			}
			return end, complete
		case s.mark:
			return end + 1, complete
		}
	}
	return end, partial
}

// frame is what a chain looks at of the frame whose first packet is n.
func (r *ring) frame(n int64) frame {
	s := r.slot(n)
	return frame{s.desc, s.key}
}

// lastKey is the first packet of the newest key frame in the ring; false if there is none.
func (r *ring) lastKey() (int64, bool) {
	for n := r.high; n >= r.next; n-- {
		if s := r.slot(n); s.state == present && s.key {
			return n, true
		}
	}
	return 0, false
}

// data joins the pieces of the packets from first to before end.
func (r *ring) data(first, end int64) []byte {
	size := 0
	for n := first; n < end; n++ {
		size += len(r.slot(n).piece)
	}
	b := make([]byte, 0, size)
	for n := first; n < end; n++ {
		b = append(b, r.slot(n).piece...)
	}
	return b
}
