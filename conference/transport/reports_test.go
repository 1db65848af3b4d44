package transport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	pionmedia "github.com/pion/webrtc/v4/pkg/media"

	"confab/conference/media"
	"confab/conference/transport"
)

func sample(d time.Duration) pionmedia.Sample {
	return pionmedia.Sample{Data: []byte{0x10, 1, 2, 3}, Duration: d}
}

func asksAgain(packets []rtcp.Packet) bool {
	for _, p := range packets {
		if _, ok := p.(*rtcp.TransportLayerNack); ok {
			return true
		}
	}
	return false
}

// Sound leaves 20 ms after it was captured, pictures 70 ms: that a sender report ties RTP times to capture
// lets the receiver play them in step.
func TestSenderReportsTellWhenSoundAndPicturesWereCaptured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.offerer, p.answerer)
		readAll(tracks)
		origin := time.Now()
		for i := range 150 {
			now := time.Now()
			tell(t, p.offerer.Outbound(media.Microphone), uint16(2+i), 5_000+uint32(i)*960, now.Add(-20*time.Millisecond))
			tell(t, p.offerer.Outbound(media.Camera), uint16(2+i), 70_000+uint32(i)*1800, now.Add(-70*time.Millisecond))
			time.Sleep(20 * time.Millisecond)
		}
		for slot, c := range map[media.Slot]struct {
			first uint32
			rate  int64
			ago   time.Duration
		}{media.Microphone: {5_000, 48_000, 20 * time.Millisecond}, media.Camera: {70_000, 90_000, 70 * time.Millisecond}} {
			at, stamp, ok := tracks[slot].SenderReport()
			if !ok {
				t.Fatalf("no report of %s within three seconds", slot)
			}
			captured := origin.Add(time.Duration(int64(stamp-c.first)*int64(time.Second)/c.rate) - c.ago)
			if d := at.Sub(captured); d.Abs() > time.Millisecond {
				t.Errorf("%s: the report ties %d to %v, which is off by %v", slot, stamp, at, d)
			}
		}
		if _, _, ok := tracks[media.Screen].SenderReport(); !ok { // of packets without such news
			t.Error("no report of a slot that told no times")
		}
	})
}

// tell sends a packet and says when it was captured.
func tell(t *testing.T, out *transport.Outbound, number uint16, stamp uint32, captured time.Time) {
	t.Helper()
	out.Captured(stamp, captured)
	h := &rtp.Header{Version: 2, SequenceNumber: number, Timestamp: stamp}
	if _, err := out.WriteRTP(h, []byte("x")); err != nil {
		t.Fatal(err)
	}
}
