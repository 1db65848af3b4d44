package transport_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	pionmedia "github.com/pion/webrtc/v4/pkg/media"

	"confab/conference/media"
	"confab/conference/transport"
)

func TestThePeerIsToldHowLoudThePacketsAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		levels := []media.SoundLevel{media.NewSoundLevel(23, true), media.NewSoundLevel(80, false), media.Silence}
		for i, l := range levels {
			h, payload := packet(media.Microphone, uint16(i))
			if sent, err := p.offerer.Outbound(media.Microphone).WriteSound(h, payload, l); sent == 0 || err != nil {
				t.Fatalf("WriteSound = %d, %v", sent, err)
			}
			if len(h.GetExtensionIDs()) != 0 {
				t.Error("the caller's header has changed")
			}
		}
		send(t, p.offerer, media.Microphone, 3) // without a level
		track := next[transport.TrackStarted](t, p.answerer).Track
		for i, want := range levels {
			got, err := track.ReadRTP()
			if err != nil {
				t.Fatal(err)
			}
			if l, ok := track.SoundLevel(got); !ok || l != want {
				t.Errorf("packet %d has level %v, %v, want %v", i, l, ok, want)
			}
		}
		last, err := track.ReadRTP()
		if err != nil {
			t.Fatal(err)
		}
		if l, ok := track.SoundLevel(last); ok {
			t.Errorf("a packet that tells no level has %v", l)
		}
		hostile := &rtp.Packet{Header: rtp.Header{Version: 2}}
		for _, value := range [][]byte{{}, {1, 2}, make([]byte, 16)} {
			if err := hostile.SetExtension(1, value); err != nil {
				t.Fatal(err)
			}
			if l, ok := track.SoundLevel(hostile); ok {
				t.Errorf("%d bytes are level %v", len(value), l)
			}
		}
	})
}

func TestAForeignPeerWithoutLevelsIsNotToldAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		extensions := make(chan []uint8, 1) // of the first packet
		pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
			if p, _, err := track.ReadRTP(); err == nil {
				extensions <- p.GetExtensionIDs()
			}
		})
		track := add(t, pc, webrtc.MimeTypeOpus, "a1")
		callFrom(t, pc, s, nil)
		if strings.Contains(pc.RemoteDescription().SDP, "ssrc-audio-level") {
			t.Error("the answer has an extension that was not offered")
		}
		h, payload := packet(media.Microphone, 1)
		if sent, err := s.Outbound(media.Microphone).WriteSound(h, payload, media.NewSoundLevel(5, true)); sent == 0 || err != nil {
			t.Fatalf("WriteSound = %d, %v", sent, err)
		}
		if ids := <-extensions; slices.Contains(ids, 1) {
			t.Errorf("a peer that takes no levels got extensions %v", ids)
		}
		if err := track.WriteSample(pionmedia.Sample{Data: []byte{0x78, 1, 2}, Duration: 1}); err != nil {
			t.Fatal(err)
		}
		in := next[transport.TrackStarted](t, s).Track
		p, err := in.ReadRTP()
		if err != nil {
			t.Fatal(err)
		}
		if l, ok := in.SoundLevel(p); ok {
			t.Errorf("a peer that tells no level told %v", l)
		}
	})
}
