package audio

// seenWindow is for how many numbers behind the newest the playout knows what became of them.
const seenWindow = 512

type fate uint8

const (
	received fate = 1 << iota // the packet came
	noted                     // its frame is in the histogram
)

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
		s.numbers[i], s.fates[i] = number, 0
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
