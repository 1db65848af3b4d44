package pace

import (
	"math/rand/v2"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/transport/bandwidth"
)

func newCore(bitsPerSecond int) *core {
	c := &core{
		pictures: []*line{newLine(media.Camera), newLine(media.Screen)},
		sounds:   []*sound{newSound(media.Microphone)},
	}
	c.pictures[0].demand, c.pictures[1].demand = 2_500_000, 5_000_000
	c.decide(time.Unix(1000, 0), bandwidth.Decision{Budget: bitsPerSecond, Pace: bitsPerSecond * 3 / 2})
	return c
}

// flow lets pictures and sound through a core for d, with requests for repairs, and gives how many
// packets left.
func flow(c *core, now *time.Time, d time.Duration, scratch []byte) (packets int) {
	var pictures []*media.EncodedFrame
	for n := range 4 {
		f := &media.EncodedFrame{Data: make([]byte, 5_000), TemporalID: [...]uint8{0, 2, 1, 2}[n], LayerSync: n < 3}
		pictures = append(pictures, f)
	}
	key := &media.EncodedFrame{Data: make([]byte, 5_000), KeyFrame: true}
	numbers := make([]uint16, 0, 1)
	step := func() {
		for {
			p, ok, _ := c.next(*now, scratch[:0])
			if !ok {
				return
			}
			c.sent(*now, *now, &p)
			packets++
			if p.kind == pictureKind && packets%10 == 0 {
				numbers = append(numbers[:0], p.sequence)
				c.repair(*now, c.line(p.slot), numbers)
			}
		}
	}
	for n := range int(d / (10 * time.Millisecond)) {
		if n%2 == 0 {
			c.sound(media.Microphone).push(scratch[:100], uint32(n)*480, false)
		}
		if n%3 == 0 {
			for _, l := range c.pictures {
				f := pictures[n/3%4]
				if l.broken {
					f = key
				}
				c.push(*now, l, f, topLayer)
				c.budget(*now, l)
			}
		}
		for range 10 {
			step()
			*now = now.Add(time.Millisecond)
		}
	}
	return packets
}

func TestNothingIsAllocatedForAPacket(t *testing.T) {
	c := newCore(4_000_000)
	now := time.Unix(1000, 0)
	scratch := make([]byte, maxSound)
	flow(c, &now, time.Second, scratch)
	packets := 0
	n := testing.AllocsPerRun(5, func() { packets = flow(c, &now, time.Second, scratch) })
	if n > 20 { // the pictures themselves
		t.Errorf("%v allocations for %d packets", n, packets)
	}
}

// TestWhateverHappensNumbersHaveNoGap throws a core about and checks what leaves.
func TestWhateverHappensNumbersHaveNoGap(t *testing.T) {
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 7))
		now := time.Unix(1000, 0)
		c := newCore(1_000_000)
		type state struct {
			begun         bool
			sequence, pid uint16
			base          uint8
			stamp         uint32
			wholeBase     bool // the last base picture has left
		}
		last := map[media.Slot]*state{media.Camera: {}, media.Screen: {}}
		count := map[*line]int{}
		for range 600 {
			now = now.Add(time.Duration(random.IntN(20)) * time.Millisecond)
			l := c.pictures[random.IntN(2)]
			switch random.IntN(12) {
			default:
				n := count[l]
				count[l]++
				f := &media.EncodedFrame{Data: make([]byte, 1+random.IntN(9_000)), RTPTime: uint32(n) * 3000}
				if f.KeyFrame = l.broken && random.IntN(3) > 0 || random.IntN(40) == 0; f.KeyFrame {
					count[l] = 1
				} else {
					f.TemporalID, f.LayerSync = [...]uint8{0, 2, 1, 2}[n%4], n%4 == 1 || n%4 == 2
				}
				c.push(now, l, f, uint8(random.IntN(4)))
			case 0:
				d := c.decision
				d.Budget = 80_000 + random.IntN(2_000_000)
				d.Pace, d.Draining, d.Muted = d.Budget, random.IntN(4) == 0, random.IntN(8) == 0
				if random.IntN(3) == 0 {
					d.Restart, d.RestartAfter = d.Budget, time.Duration(random.IntN(100))*time.Millisecond
				}
				if random.IntN(2) == 0 {
					d.Probe = &bandwidth.Probe{Rate: 3 * d.Budget, Packets: 5}
				}
				c.decide(now, d)
			case 1:
				c.repair(now, l, []uint16{l.numbers.sequence - uint16(random.IntN(600)), uint16(random.Uint32())})
			case 2:
				l.forget()
				c.repairs.clear(l)
			}
			c.release(now)
			for {
				p, ok, wait := c.next(now, nil)
				if !ok {
					if wait < 0 {
						t.Fatalf("seed %d: wait %v", seed, wait)
					}
					break
				}
				if p.kind == paddingKind {
					p.size = 300
				}
				c.sent(now, now, &p)
				if c.probe.done {
					c.probe = probe{}
				}
				if p.kind != pictureKind {
					continue
				}
				s, d := last[p.slot], p.piece.descriptor
				if s.begun && (p.sequence != s.sequence+1 || p.piece.index == 0 && d.PictureID != (s.pid+1)&vp8rtp.PictureIDMask) {
					t.Fatalf("seed %d: packet %d of picture %d after %d of %d", seed, p.sequence, d.PictureID, s.sequence, s.pid)
				}
				f := p.piece.frame
				if p.piece.index == 0 && !f.KeyFrame {
					if !s.begun || f.TemporalID == 0 && d.TL0PICIDX != s.base+1 || f.TemporalID > 0 && d.TL0PICIDX != s.base {
						t.Fatalf("seed %d: base picture %d after %d", seed, d.TL0PICIDX, s.base)
					}
					if !s.wholeBase {
						t.Fatalf("seed %d: a picture refers to a base picture of which half was thrown away", seed)
					}
				}
				if f.TemporalID == 0 {
					s.wholeBase = p.piece.last()
				}
				s.begun, s.sequence, s.pid, s.base, s.stamp = true, p.sequence, d.PictureID, d.TL0PICIDX, p.timestamp
			}
			for _, l := range c.pictures {
				bytes := 0
				for i := l.queue.head; i < len(l.queue.items); i++ {
					bytes += l.queue.items[i].rest()
				}
				if bytes != l.bytes {
					t.Fatalf("seed %d: %d bytes wait, counted %d", seed, bytes, l.bytes)
				}
			}
		}
	}
}

func BenchmarkCore(b *testing.B) {
	c := newCore(4_000_000)
	now := time.Unix(1000, 0)
	scratch := make([]byte, maxSound)
	packets := 0
	b.ReportAllocs()
	for b.Loop() {
		packets += flow(c, &now, time.Second, scratch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
