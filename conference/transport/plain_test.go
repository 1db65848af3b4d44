package transport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
	"confab/conference/transport"
	"confab/conference/transport/bandwidth"
	"confab/conference/transport/pace"
)

// plain gives a foreign peer nothing but receiver reports.
func plain(t *testing.T) func(*webrtc.API) {
	t.Helper()
	reports, err := report.NewReceiverInterceptor()
	if err != nil {
		t.Fatal(err)
	}
	r := &interceptor.Registry{}
	r.Add(reports)
	return webrtc.WithInterceptorRegistry(r)
}

// drain reads a stream until it ends.
func drain(read func([]byte) (int, interceptor.Attributes, error)) {
	b := make([]byte, 1500)
	for {
		if _, _, err := read(b); err != nil {
			return
		}
	}
}

func TestAPeerWithoutTransportCCIsNotLeftAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0], plain(t))
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		add(t, pc, webrtc.MimeTypeVP8, "v1")
		streams := make(chan webrtc.SSRC, 1)
		pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
			streams <- track.SSRC()
			go drain(receiver.Read) // its reports of us need those of ours; ends with the connection
			drain(track.Read)
		})
		callFrom(t, pc, s, nil)
		path := pace.NewPath(pace.PathOptions{Wires: map[media.Slot]pace.Wire{media.Camera: s.Outbound(media.Camera)}})
		defer path.Close()
		line := path.Line(media.Camera)
		line.SetDemand(2_500_000)

		// run sends pictures that fill the budget, and passes on what the peer says.
		told := 0
		run := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second / 30) {
				size := line.Budget().BitsPerSecond / 8 / 30
				line.Push(time.Now(), &media.EncodedFrame{Data: make([]byte, size), KeyFrame: line.Budget().NeedKey}, 2)
				events := s.all()
				for _, e := range events[told:] {
					switch e := e.(type) {
					case transport.ReceiverReported:
						path.Report(bandwidth.Report{FractionLost: e.FractionLost, RoundTripTime: e.RoundTripTime})
					case transport.ReceiveLimited:
						path.Limit(e.BitsPerSecond)
					case transport.Feedback:
						t.Fatal("a peer without transport-cc gives feedback")
					}
				}
				told = len(events)
			}
		}
		run(12 * time.Second)
		got := path.Stats()
		if got.AvailableOutgoingBitrate < 1_500_000 || got.AvailableOutgoingBitrate > 4_000_000 {
			t.Errorf("%d bits per second after 12 s of reports without a fault", got.AvailableOutgoingBitrate)
		}
		if got.RoundTripTime < 9*time.Millisecond || got.RoundTripTime > 12*time.Millisecond {
			t.Errorf("round trip %v, want 10 ms", got.RoundTripTime)
		}
		limit := &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 700_000, SSRCs: []uint32{uint32(<-streams)}}
		if err := pc.WriteRTCP([]rtcp.Packet{limit}); err != nil {
			t.Fatal(err)
		}
		run(time.Second)
		if got := path.Stats().AvailableOutgoingBitrate; got > 710_000 || got < 690_000 {
			t.Errorf("%d bits per second to a peer that can receive 700,000", got)
		}
	})
}
