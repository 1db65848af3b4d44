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

// Timers of a busy machine come late.
func TestALateTimerCostsThePathNothing(t *testing.T) {
	const pace = 3_000_000
	for _, late := range []time.Duration{0, 5 * time.Millisecond, 15 * time.Millisecond, 25 * time.Millisecond} {
		c := newCore(pace * 2 / 3)
		now := time.Unix(1000, 0)
		l := c.line(media.Camera)
		bytes, most := 0, 0
		for end := now.Add(2 * time.Second); now.Before(end); {
			if l.queue.len() < 3 {
				c.push(now, l, &media.EncodedFrame{Data: make([]byte, 12_000), KeyFrame: true}, topLayer)
			}
			atOnce := 0
			for {
				p, ok, wait := c.next(now, nil)
				if !ok {
					now = now.Add(wait + late)
					break
				}
				c.sent(now, now, &p)
				atOnce += p.size
			}
			bytes, most = bytes+atOnce, max(most, atOnce)
		}
		if rate := bytes * 8 / 2; rate < pace*97/100 || rate > pace*102/100 {
			t.Errorf("%v late: %d bits per second leave, want %d", late, rate, pace)
		}
		if limit := bytesIn(pace, lateBurst) + 1300; most > limit {
			t.Errorf("%v late: %d bytes at once, want at most %d", late, most, limit)
		}
	}
}

func TestAPauseGivesNoBurst(t *testing.T) {
	const pace = 3_000_000
	c := newCore(pace * 2 / 3)
	now := time.Unix(1000, 0)
	l := c.line(media.Camera)
	for range 3 {
		c.push(now, l, &media.EncodedFrame{Data: make([]byte, 12_000), KeyFrame: true}, topLayer)
		atOnce, first := 0, true
		for {
			p, ok, wait := c.next(now, nil)
			if !ok && wait == 0 {
				break
			}
			if !ok {
				now, first = now.Add(wait), false
				continue
			}
			c.sent(now, now, &p)
			if first {
				atOnce += p.size
			}
		}
		if limit := bytesIn(pace, burst) + 1300; atOnce > limit {
			t.Errorf("%d bytes at once after a pause, want at most %d", atOnce, limit)
		}
		now = now.Add(time.Second)
	}
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
