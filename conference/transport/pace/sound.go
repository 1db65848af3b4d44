package pace

import (
	"time"

	"confab/conference/media"
)

const (
	// soundWaits is how many packets of sound wait at most while the wire takes none: 200 ms. Beyond, the
	// oldest is dropped: late sound is worse than none.
	soundWaits = 10
	// soundKept is how many packets of a slot of sound can be sent again: what is older than
	// soundRepairAge comes too late wherever it goes.
	soundKept      = 32
	soundRepairAge = 500 * time.Millisecond
	// soundRepairs is how often one packet is sent again at most: receivers ask twice.
	soundRepairs = 2
	// maxSound is the largest packet of sound taken, in bytes: Opus makes 1,275 at most (RFC 6716
	// section 3.4).
	maxSound = 1275
)

// sound is what a path knows of one slot of sound: the packets that wait, and those that left lately.
type sound struct {
	slot    media.Slot
	numbers numbers
	packets [soundWaits]soundPacket
	first   int // of those that wait, which follow each other around the array
	n       int // how many
	kept    [soundKept]keptSound
	again   fifo[uint16] // sequence numbers of kept packets to be sent again
	counted Counters
}

// soundPacket is one packet that waits. Its bytes lie in memory that is used again.
type soundPacket struct {
	payload  []byte
	ticks    uint32 // 48 kHz, before the peer's own offset
	captured time.Time
	marker   bool
	again    bool // the packet before leaves once more behind it
	level    media.SoundLevel
}

// keptSound is one packet that left, by its sequence number modulo soundKept.
type keptSound struct {
	payload   []byte // empty: none is kept here
	sequence  uint16
	timestamp uint32
	captured  time.Time
	marker    bool
	level     media.SoundLevel
	left      time.Time
	repaired  time.Time // when it was last sent again
	repairs   int
	waits     bool // to be sent again
}

func newSound(s media.Slot) *sound { return &sound{slot: s, numbers: newNumbers()} }

func (s *sound) push(p *media.EncodedSound) bool {
	if len(p.Data) == 0 || len(p.Data) > maxSound {
		return false
	}
	if s.n == soundWaits {
		s.drop()
		s.counted.FramesDropped++
	}
	x := &s.packets[(s.first+s.n)%soundWaits]
	x.payload = append(x.payload[:0], p.Data...)
	x.ticks, x.captured, x.marker, x.again, x.level = p.RTPTime, p.Captured, p.Start, p.Again, p.Level
	s.n++
	return true
}

func (s *sound) drop() {
	s.first = (s.first + 1) % soundWaits
	s.n--
}

// forget drops what waits, and what left is not sent again.
func (s *sound) forget() {
	s.first, s.n = 0, 0
	for i := range s.kept {
		k := &s.kept[i]
		k.payload, k.waits = k.payload[:0], false
	}
	s.again.remove(func(uint16) bool { return true })
}

// pop gives the next packet its numbers, keeps it, and copies its payload behind dst.
func (s *sound) pop(now time.Time, dst []byte) packet {
	p := &s.packets[s.first]
	sequence := s.numbers.next()
	k := &s.kept[sequence%soundKept]
	*k = keptSound{
		payload: append(k.payload[:0], p.payload...), sequence: sequence,
		timestamp: p.ticks + s.numbers.offset, captured: p.captured, marker: p.marker, level: p.level, left: now,
	}
	if p.again {
		s.repeat(sequence - 1)
	}
	s.drop()
	s.counted.FramesSent++
	return k.packet(soundKind, s.slot, dst)
}

// repair queues packets that the peer asks for again, as far as they are kept and still of use.
func (s *sound) repair(now time.Time, sequences []uint16) {
	for _, n := range sequences {
		k := &s.kept[n%soundKept]
		if len(k.payload) == 0 || k.sequence != n || k.waits || k.repairs == soundRepairs ||
			now.Sub(k.left) > soundRepairAge || now.Sub(k.repaired) < oneRequest {
			continue
		}
		k.waits = true
		s.again.push(n)
	}
}

// repeat queues a packet unasked, for a peer that loses some: before it could ask, and it would come too late.
func (s *sound) repeat(sequence uint16) {
	k := &s.kept[sequence%soundKept]
	if len(k.payload) == 0 || k.sequence != sequence || k.waits || k.repairs > 0 {
		return
	}
	k.waits = true
	s.again.push(sequence)
}

// popRepair gives the next packet that is to be sent again.
func (s *sound) popRepair(now time.Time, dst []byte) (packet, bool) {
	for s.again.len() > 0 {
		n := s.again.pop()
		k := &s.kept[n%soundKept]
		if !k.waits || k.sequence != n { // another one has taken its place
			continue
		}
		k.waits, k.repaired = false, now
		k.repairs++
		return k.packet(soundRepairKind, s.slot, dst), true
	}
	return packet{}, false
}

func (k *keptSound) packet(as kind, slot media.Slot, dst []byte) packet {
	p := packet{
		kind: as, slot: slot, payload: append(dst, k.payload...), marker: k.marker, level: k.level,
		sequence: k.sequence, timestamp: k.timestamp, captured: k.captured,
	}
	p.size = len(p.payload) + overhead
	return p
}

// soundRate is what the sound of a path is taken to need, in bits per second on the wire, while it flows
// too little to be measured: what a pause of the talker frees is not to be filled with pictures.
const soundRate = 40_000

// quiet is how long after its last packet sound is taken to be still on.
const quiet = 2 * time.Second
