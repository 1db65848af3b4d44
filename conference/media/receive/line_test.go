package receive_test

import (
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// straight is a line that carries everything at once: a picture's packets leave when it is pushed. The
// sender's goroutine alone uses it.
type straight struct {
	write  func(h *rtp.Header, payload []byte) (int, error)
	number uint16 // of the last packet
	stamp  uint32
	id     uint16 // of the last picture
	base   uint8
	key    bool // one has left
}

func (*straight) Budget() media.Budget {
	return media.Budget{BitsPerSecond: 10_000_000, TopLayer: 2, KeyFrameBytes: 100_000}
}
func (*straight) SetDemand(int) {}
func (*straight) Clear()        {}

func (l *straight) Push(_ time.Time, f *media.EncodedFrame, top uint8) bool {
	if l.key = l.key || f.KeyFrame; !l.key || f.TemporalID > top {
		return false
	}
	l.stamp = max(l.stamp+1, f.RTPTime)
	l.id = (l.id + 1) & vp8rtp.PictureIDMask
	if f.TemporalID == 0 {
		l.base++
	}
	d := vp8rtp.Describe(f, l.id, l.base)
	packets := vp8rtp.Packetize(f.Data, 0)
	for i := range packets.Len() {
		l.number++
		h := &rtp.Header{Version: 2, SequenceNumber: l.number, Timestamp: l.stamp, Marker: i == packets.Len()-1}
		_, _ = l.write(h, packets.AppendTo(nil, i, d))
	}
	return true
}
