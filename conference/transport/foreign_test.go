package transport_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	piontransport "github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	ours "confab/conference/media"
	"confab/conference/signaling"
	"confab/conference/transport"
)

// foreign is a peer that knows nothing of slots and has pion's codecs.
func foreign(t *testing.T, n piontransport.Net, more ...func(*webrtc.API)) *webrtc.PeerConnection {
	t.Helper()
	codecs := &webrtc.MediaEngine{}
	if err := codecs.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	var s webrtc.SettingEngine
	s.SetNet(n)
	s.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	options := append([]func(*webrtc.API){webrtc.WithMediaEngine(codecs), webrtc.WithSettingEngine(s)}, more...)
	pc, err := webrtc.NewAPI(options...).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pc.GracefulClose(); err != nil {
			t.Error(err)
		}
	})
	return pc
}

// add gives the foreign peer a track that sends in a line of its own.
func add(t *testing.T, pc *webrtc.PeerConnection, mime, id string) *webrtc.TrackLocalStaticSample {
	t.Helper()
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: mime}, id, "stream")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTransceiverFromTrack(track); err != nil {
		t.Fatal(err)
	}
	return track
}

// callFrom lets the foreign peer offer, with all its candidates in the description.
func callFrom(t *testing.T, pc *webrtc.PeerConnection, s *side, slots map[string]string) {
	t.Helper()
	gathered := webrtc.GatheringCompletePromise(pc)
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	answer, err := s.Answer(pc.LocalDescription().SDP, slots)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	for _, c := range <-s.found {
		give(t, pc, c)
	}
	waitState(t, s, transport.StateConnected)
}

func give(t *testing.T, pc *webrtc.PeerConnection, c signaling.Candidate) {
	t.Helper()
	if err := pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: c.Candidate, SDPMid: c.SDPMid, SDPMLineIndex: c.SDPMLineIndex}); err != nil {
		t.Fatal(err)
	}
}

func TestLinesOfAForeignOfferBecomeSlotsByKindAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		arrived := make(chan string, 10) // all tracks of the test
		pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { arrived <- track.ID() })
		if _, err := pc.CreateDataChannel("chat", nil); err != nil { // in-band, as in browsers
			t.Fatal(err)
		}
		tracks := []*webrtc.TrackLocalStaticSample{
			add(t, pc, webrtc.MimeTypeVP8, "v1"), add(t, pc, webrtc.MimeTypeOpus, "a1"),
			add(t, pc, webrtc.MimeTypeVP8, "v2"), add(t, pc, webrtc.MimeTypeOpus, "a2"),
			add(t, pc, webrtc.MimeTypeVP8, "v3"), // nobody's
		}
		callFrom(t, pc, s, nil)
		for i, want := range []ours.Slot{ours.Camera, ours.Microphone, ours.Screen, ours.ScreenAudio} {
			sample := media.Sample{Data: []byte{0x10, 1, 2, 3}, Duration: 20 * time.Millisecond}
			if err := tracks[i].WriteSample(sample); err != nil {
				t.Fatal(err)
			}
			if e := next[transport.TrackStarted](t, s); e.Slot != want {
				t.Errorf("line %d arrived as %v, want %v", i, e.Slot, want)
			}
			send(t, s, want, 1)
			if id := <-arrived; id != want.String() {
				t.Errorf("%v arrived at the foreign side as %q", want, id)
			}
		}
		if err := tracks[4].WriteSample(media.Sample{Data: []byte{0x10}, Duration: time.Second}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := s.SendControl([]byte("x")); err == nil {
			t.Error("SendControl to a foreign side works")
		}
	})
}

func TestForeignSideWithoutOurCodecLeavesTheRestWorking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		add(t, pc, webrtc.MimeTypeOpus, "a1")
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			t.Fatal(err)
		}
		h264 := webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH264, ClockRate: 90000, SDPFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"},
			PayloadType:        102,
		}
		if err := pc.GetTransceivers()[1].SetCodecPreferences([]webrtc.RTPCodecParameters{h264}); err != nil {
			t.Fatal(err)
		}
		callFrom(t, pc, s, nil)
		send(t, s, ours.Microphone, 1)
		h, payload := packet(ours.Camera, 1)
		if sent, err := s.Outbound(ours.Camera).WriteRTP(h, payload); sent != 0 || err != nil {
			t.Errorf("WriteRTP to a side without VP8 = %d, %v, want nothing", sent, err)
		}
	})
}

func TestSendOnlyAndReceiveOnlyLinesAreTakenAsTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		voice := add(t, pc, webrtc.MimeTypeOpus, "a1")
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			t.Fatal(err)
		}
		arrived := make(chan string, 10) // all tracks of the test
		pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { arrived <- track.ID() })
		callFrom(t, pc, s, nil)
		send(t, s, ours.Camera, 1)
		if id := <-arrived; id != "camera" {
			t.Errorf("the camera arrived as %q", id)
		}
		if err := voice.WriteSample(media.Sample{Data: []byte{1}, Duration: 20 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		if e := next[transport.TrackStarted](t, s); e.Slot != ours.Microphone {
			t.Errorf("sound arrived as %v", e.Slot)
		}
	})
}

func TestControlMessagesOfAHostileSideAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		number, negotiated := uint16(0), true
		channel, err := pc.CreateDataChannel("confab", &webrtc.DataChannelInit{ID: &number, Negotiated: &negotiated})
		if err != nil {
			t.Fatal(err)
		}
		opened := make(chan struct{})
		channel.OnOpen(func() { close(opened) })
		add(t, pc, webrtc.MimeTypeOpus, "a1")
		callFrom(t, pc, s, map[string]string{"0": "mic"})
		<-opened
		s.rewind()
		next[transport.ControlOpen](t, s)
		for _, size := range []int{96<<10 + 1, 200 << 10} {
			if err := channel.Send(make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			if e := next[transport.ControlRefused](t, s); !errors.Is(e.Err, transport.ErrTooLarge) {
				t.Errorf("%d bytes: %v, want ErrTooLarge", size, e.Err)
			}
		}
		if err := channel.Send([]byte("small")); err != nil {
			t.Fatal(err)
		}
		if e := next[transport.ControlMessage](t, s); string(e.Data) != "small" {
			t.Errorf("message %q", e.Data)
		}
		for range 100 { // channels nobody asked for
			if _, err := pc.CreateDataChannel("other", nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if err := s.SendControl([]byte("still here")); err != nil {
			t.Error(err)
		}
	})
}
