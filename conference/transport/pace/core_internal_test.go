package pace

import (
	"testing"
	"time"

	"confab/conference/media"
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
			c.sound(media.Microphone).push(&media.EncodedSound{Data: scratch[:100], RTPTime: uint32(n) * 480})
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
