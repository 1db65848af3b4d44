package pace

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/transport/bandwidth"
)

// schedule throws a core about at random.
type schedule struct {
	*core
	random *rand.Rand
	now    time.Time
	count  map[*line]int // pictures since the last key frame
	seen   map[media.Slot]*witness
}

// witness is what the peer has seen of a slot.
type witness struct {
	begun         bool
	sequence, pid uint16
	base          uint8
	whole         bool // the last base picture has left
}

func newSchedule(seed uint64) *schedule {
	return &schedule{
		core: newCore(1_000_000), random: rand.New(rand.NewPCG(seed, 7)), now: time.Unix(1000, 0),
		count: map[*line]int{},
		seen:  map[media.Slot]*witness{media.Camera: {}, media.Screen: {}},
	}
}

// step lets time pass and something happen.
func (s *schedule) step() {
	s.now = s.now.Add(time.Duration(s.random.IntN(20)) * time.Millisecond)
	l := s.pictures[s.random.IntN(2)]
	switch s.random.IntN(12) {
	default:
		s.picture(l)
	case 0:
		s.decision()
	case 1:
		s.repair(s.now, l, []uint16{l.numbers.sequence - uint16(s.random.IntN(600)), uint16(s.random.Uint32())})
	case 2:
		l.forget()
		s.repairs.clear(l)
	}
	s.release(s.now)
}

func (s *schedule) picture(l *line) {
	n := s.count[l]
	s.count[l]++
	f := &media.EncodedFrame{Data: make([]byte, 1+s.random.IntN(9_000)), RTPTime: uint32(n) * 3000}
	if f.KeyFrame = l.broken && s.random.IntN(3) > 0 || s.random.IntN(40) == 0; f.KeyFrame {
		s.count[l] = 1
	} else {
		f.TemporalID, f.LayerSync = [...]uint8{0, 2, 1, 2}[n%4], n%4 == 1 || n%4 == 2
	}
	s.push(s.now, l, f, uint8(s.random.IntN(4)))
}

func (s *schedule) decision() {
	d := bandwidth.Decision{Budget: 80_000 + s.random.IntN(2_000_000)}
	d.Pace, d.Draining, d.Muted = d.Budget, s.random.IntN(4) == 0, s.random.IntN(8) == 0
	if s.random.IntN(3) == 0 {
		d.Restart, d.RestartAfter = d.Budget, time.Duration(s.random.IntN(100))*time.Millisecond
	}
	if s.random.IntN(2) == 0 {
		d.Probe = &bandwidth.Probe{Rate: 3 * d.Budget, Packets: 5}
	}
	s.decide(s.now, d)
}

// leave lets out what may leave now.
func (s *schedule) leave() error {
	for {
		p, ok, wait := s.next(s.now, nil)
		if !ok {
			if wait < 0 {
				return fmt.Errorf("wait %v", wait)
			}
			return nil
		}
		if p.kind == paddingKind {
			p.size = 300
		}
		s.sent(s.now, s.now, &p)
		if s.probe.done {
			s.probe = probe{}
		}
		if p.kind != pictureKind {
			continue
		}
		if err := s.seen[p.slot].see(&p); err != nil {
			return err
		}
	}
}

// see checks that p follows what was seen before.
func (w *witness) see(p *packet) error {
	f, d, first := p.piece.frame, p.piece.descriptor, p.piece.index == 0
	if w.begun && (p.sequence != w.sequence+1 || first && d.PictureID != (w.pid+1)&vp8rtp.PictureIDMask) {
		return fmt.Errorf("packet %d of picture %d after %d of %d", p.sequence, d.PictureID, w.sequence, w.pid)
	}
	if first && !f.KeyFrame {
		base := w.base
		if f.TemporalID == 0 {
			base++
		}
		switch {
		case !w.begun:
			return errors.New("the first picture is no key frame")
		case d.TL0PICIDX != base:
			return fmt.Errorf("base picture %d after %d", d.TL0PICIDX, w.base)
		case !w.whole:
			return errors.New("a picture refers to a base picture of which half was thrown away")
		}
	}
	if f.TemporalID == 0 {
		w.whole = p.piece.last()
	}
	w.begun, w.sequence, w.pid, w.base = true, p.sequence, d.PictureID, d.TL0PICIDX
	return nil
}

// audit checks that the bytes that wait are counted.
func (s *schedule) audit() error {
	for _, l := range s.pictures {
		bytes := 0
		for i := l.queue.head; i < len(l.queue.items); i++ {
			bytes += l.queue.items[i].rest()
		}
		if bytes != l.bytes {
			return fmt.Errorf("%d bytes wait, counted %d", bytes, l.bytes)
		}
	}
	return nil
}

func TestWhateverHappensNumbersHaveNoGap(t *testing.T) {
	for seed := range uint64(150) {
		s := newSchedule(seed)
		for n := range 600 {
			s.step()
			err := s.leave()
			if err == nil {
				err = s.audit()
			}
			if err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, n, err)
			}
		}
	}
}
