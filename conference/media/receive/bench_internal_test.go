package receive

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media/codec/vp8rtp"
)

// BenchmarkAssembler puts frames of five packets together, one of a hundred packets repaired.
func BenchmarkAssembler(b *testing.B) {
	const packets = 5
	a := newAssembler()
	now := time.Unix(1000, 0)
	payloads := make([][]byte, packets)
	for i := range payloads {
		payloads[i] = make([]byte, 1000)
	}
	d := vp8rtp.Descriptor{HasPictureID: true, HasTL0PICIDX: true, HasTemporalID: true}
	sequence, n := uint16(0), 0
	p := make([]rtp.Packet, packets)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(33 * time.Millisecond)
		d.PictureID = (d.PictureID + 1) & vp8rtp.PictureIDMask
		d.TL0PICIDX++
		for i := range p {
			d.Start = i == 0
			d.AppendTo(payloads[i][:0])
			payloads[i][vp8rtp.DescriptorSize] = byte(min(n, 1)) // a key frame first
			p[i] = rtp.Packet{
				Header:  rtp.Header{SequenceNumber: sequence, Timestamp: uint32(n) * 3000, Marker: i == packets-1},
				Payload: payloads[i],
			}
			sequence++
		}
		late := n%20 == 10
		for i := range p {
			if late && i == 2 {
				continue
			}
			a.push(now, &p[i])
			a.pop(now, 40*time.Millisecond)
			a.deadline(now, 40*time.Millisecond)
		}
		if late {
			a.push(now.Add(30*time.Millisecond), &p[2])
			a.pop(now.Add(30*time.Millisecond), 40*time.Millisecond)
		}
		n++
	}
	if a.counts.frames < uint64(n) {
		b.Errorf("%d of %d frames", a.counts.frames, n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*packets), "ns/packet")
}
