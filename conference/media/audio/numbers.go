package audio

// seenWindow is for how many numbers behind the newest the playout knows what became of them.
const seenWindow = 512

// is what is known of a packet.
type is uint8

const (
	received is = 1 << iota // it came
	noted                   // its frame is in the histogram
	voiced                  // it holds a voice, as far as can be told
	copied                  // it carries a copy of the frame before it
)

// fate is what became of a packet.
type fate struct {
	state is
	asks  uint8 // how often it was asked for
	asked int64 // when last, samples since the playout's epoch
}

func (f *fate) is(what is) bool { return f.state&what != 0 }
func (f *fate) note(what is)    { f.state |= what }

// again tells whether the packet, when it comes, may be one that was sent again.
func (f *fate) again() bool { return f.asks > 0 }

// due tells whether the packet may be asked for at an instant; trip is the round trip in samples.
func (f *fate) due(at, trip int64) bool {
	return f.asks == 0 || f.asks < maxAsks && at-f.asked >= trip+askAgain
}

// seen remembers what became of the last packets by their unwrapped sequence numbers.
type seen struct {
	numbers [seenWindow]int64
	fates   [seenWindow]fate
}

func (s *seen) reset() {
	for i := range s.numbers {
		s.numbers[i] = -1 << 60
	}
}

// of is the fate of a number, to be read and written.
func (s *seen) of(number int64) *fate {
	i := number & (seenWindow - 1)
	if s.numbers[i] != number {
		s.numbers[i], s.fates[i] = number, fate{}
	}
	return &s.fates[i]
}

// clock unwraps numbers and timestamps against those of the newest packet (RFC 3550 appendix A.1).
type clock struct {
	sequence  int64
	timestamp int64
}

func (c *clock) unwrap(sequence uint16, timestamp uint32) (number, ticks int64) {
	return c.sequence + int64(int16(sequence-uint16(c.sequence))),
		c.timestamp + int64(int32(timestamp-uint32(c.timestamp)))
}
