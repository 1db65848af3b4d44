package resample

import (
	"fmt"
	"time"
)

// The rates that a Stream takes, in samples per second.
const (
	MinRate = 1000
	MaxRate = 768000
)

// block is how much input a Stream holds besides what the next output sample depends on.
const block = 512

// Stream turns sound of one rate into sound of another as it comes. It is used by one goroutine at a time,
// and does not allocate once it is made.
type Stream struct {
	from, to int     // samples per second without their common divisor
	filter   *filter // nil: the rates are the same
	rate     int     // of the input, in samples per second

	history []float32 // input that the next output samples depend on
	start   int       // of the next output sample's window in history
	have    int       // samples of history that are filled
	rest    int       // how far the output sample is behind the window's middle, in 1/to of a sample
}

// NewStream makes a stream. It panics if a rate is not within MinRate and MaxRate: whoever opens a device
// or a file has checked that.
func NewStream(from, to int) *Stream {
	if from < MinRate || from > MaxRate || to < MinRate || to > MaxRate {
		panic(fmt.Sprintf("resample: from %d to %d samples per second", from, to))
	}
	divisor := gcd(from, to)
	s := &Stream{from: from / divisor, to: to / divisor, rate: from}
	if from != to {
		s.filter = newFilter(s.from, s.to)
		s.history = make([]float32, 2*s.filter.half+block)
	}
	s.Reset()
	return s
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Reset forgets the input so far, as if silence had preceded what comes next.
func (s *Stream) Reset() {
	if s.filter == nil {
		return
	}
	clear(s.history)
	s.start, s.have, s.rest = 0, s.filter.half-1, 0 // silence before the first sample
}

// Delay is how much later than an output sample the last input comes that it depends on.
func (s *Stream) Delay() time.Duration {
	if s.filter == nil {
		return 0
	}
	return time.Duration(s.filter.half) * time.Second / time.Duration(s.rate)
}

// Needed is how many samples of input the next n samples of output take.
func (s *Stream) Needed(n int) int {
	if s.filter == nil || n <= 0 {
		return max(n, 0)
	}
	last := s.start + (s.rest+(n-1)*s.from)/s.to // where the window of the last begins
	return max(last+2*s.filter.half-s.have, 0)
}

// Process turns input into output until either dst is full or src is used up, and says how many samples of
// each that were. The two must not overlap.
func (s *Stream) Process(dst, src []float32) (written, read int) {
	if s.filter == nil {
		n := copy(dst, src)
		return n, n
	}
	window := 2 * s.filter.half
	for written < len(dst) {
		if s.start+window > s.have {
			if read == len(src) {
				break
			}
			read += s.take(src[read:])
			continue
		}
		dst[written] = s.sample(s.history[s.start:][:window])
		written++
		s.rest += s.from
		s.start += s.rest / s.to
		s.rest %= s.to
	}
	return written, read
}

// take copies as much input as there is room for.
func (s *Stream) take(src []float32) int {
	if s.have+len(src) > len(s.history) {
		copy(s.history, s.history[s.start:s.have])
		s.have -= s.start
		s.start = 0
	}
	n := copy(s.history[s.have:], src)
	s.have += n
	return n
}

// sample is the output sample behind the middle of a window.
func (s *Stream) sample(window []float32) float32 {
	if s.filter.phases == s.to {
		return product(window, s.filter.at(s.rest))
	}
	position := float64(s.rest) / float64(s.to) * float64(s.filter.phases)
	phase := int(position)
	before, after := product(window, s.filter.at(phase)), product(window, s.filter.at(phase+1))
	return before + (after-before)*float32(position-float64(phase))
}
