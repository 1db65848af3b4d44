package send

import (
	"testing"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

type nowhere struct{}

func (nowhere) WriteRTP(*rtp.Header, []byte) (int, error) { return 0, nil }

func fanOut() (send func(), packets int) {
	f := &media.EncodedFrame{Data: make([]byte, 5*1190)}
	o := &outlet{peer: &VideoPeer{sink: nowhere{}}, rewriter: newRewriter()}
	header, payload := new(rtp.Header), make([]byte, 0, vp8rtp.MaxPayload)
	ticks := uint32(0)
	return func() {
		ticks += 3000
		o.send(f, ticks, header, payload)
	}, 5
}

func TestFanOutAllocatesNothing(t *testing.T) {
	send, _ := fanOut()
	if n := testing.AllocsPerRun(100, send); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}

func BenchmarkFanOut(b *testing.B) {
	send, packets := fanOut()
	b.ReportAllocs()
	for b.Loop() {
		send()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*packets), "ns/packet")
}
