package pace

import (
	"time"

	"confab/conference/media"
)

const (
	// soundWaits is how many packets of sound wait at most while the wire takes none: 200 ms. Beyond, the
	// oldest is dropped: late sound is worse than none.
	soundWaits = 10
	// maxSound is the largest packet of sound taken, in bytes: Opus makes 1,275 at most (RFC 6716
	// section 3.4).
	maxSound = 1275
)

// sound is what a path knows of one slot of sound.
type sound struct {
	slot    media.Slot
	numbers numbers
	memory  [soundWaits][maxSound]byte
	packets [soundWaits]soundPacket
	first   int // of those that wait, which follow each other around the array
	n       int // how many
	counted Counters
}

// soundPacket is one packet that waits; its bytes lie in the slot's memory.
type soundPacket struct {
	payload []byte
	ticks   uint32 // 48 kHz, before the peer's own offset
	marker  bool
}

func newSound(s media.Slot) *sound { return &sound{slot: s, numbers: newNumbers()} }

func (s *sound) push(payload []byte, ticks uint32, marker bool) bool {
	if len(payload) > maxSound {
		return false
	}
	if s.n == soundWaits {
		s.drop()
		s.counted.FramesDropped++
	}
	i := (s.first + s.n) % soundWaits
	s.packets[i] = soundPacket{append(s.memory[i][:0], payload...), ticks, marker}
	s.n++
	return true
}

func (s *sound) drop() {
	s.first = (s.first + 1) % soundWaits
	s.n--
}

// purge drops what waits.
func (s *sound) purge() { s.first, s.n = 0, 0 }

// pop gives the next packet its numbers and copies its payload behind dst.
func (s *sound) pop(dst []byte) packet {
	p := &s.packets[s.first]
	out := packet{
		kind: soundKind, slot: s.slot, payload: append(dst, p.payload...), marker: p.marker,
		sequence: s.numbers.next(), timestamp: p.ticks + s.numbers.offset,
	}
	s.drop()
	s.counted.FramesSent++
	return out
}

// soundRate is what the sound of a path is taken to need, in bits per second on the wire, while it flows
// too little to be measured: what a pause of the talker frees is not to be filled with pictures.
const soundRate = 40_000

// quiet is how long after its last packet sound is taken to be still on.
const quiet = 2 * time.Second
