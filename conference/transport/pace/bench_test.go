package pace_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/transport/bandwidth"
	"confab/conference/transport/pace"
)

// fast is an estimator of a path that carries more than anybody sends.
type fast struct{}

func (fast) Feedback(time.Time, []bandwidth.Result) bandwidth.Decision {
	return fast{}.Tick(time.Time{}, false)
}

func (fast) Tick(time.Time, bool) bandwidth.Decision {
	return bandwidth.Decision{Budget: 50_000_000_000, Pace: 100_000_000_000}
}
func (fast) Sent(time.Time)               {}
func (fast) ProbeSent(_, _, _ time.Time)  {}
func (fast) RoundTripTime() time.Duration { return time.Millisecond }

// drain is a wire that tells when a picture has left whole.
type drain struct{ whole chan struct{} }

func (d drain) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	if h.Marker {
		d.whole <- struct{}{}
	}
	return len(payload), nil
}
func (d drain) WriteRepair(_ *rtp.Header, payload []byte) (int, error) { return len(payload), nil }
func (d drain) WritePadding(size int) (int, error)                     { return size, nil }

// BenchmarkPicture sends pictures of five packets to one peer that takes everything at once: what one
// more peer costs the sender, encryption not included.
func BenchmarkPicture(b *testing.B) {
	const packets = 5
	out := drain{make(chan struct{})}
	p := pace.NewPath(pace.PathOptions{Wires: map[media.Slot]pace.Wire{media.Camera: out}, Estimator: fast{}})
	defer p.Close()
	line := p.Line(media.Camera)
	line.SetDemand(10_000_000)
	pictures := make([]media.EncodedFrame, 1024)
	data := make([]byte, packets*1180)
	for i := range pictures {
		pictures[i] = media.EncodedFrame{Data: data, Width: 1280, Height: 720, RTPTime: uint32(i) * 3000, KeyFrame: i == 0}
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if !line.Push(time.Now(), &pictures[n%len(pictures)], 2) {
			b.Fatal("a picture was dropped")
		}
		<-out.whole
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*packets), "ns/packet")
}
