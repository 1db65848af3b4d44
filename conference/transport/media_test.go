package transport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/transport"
)

func TestKeyFrameRequestsArriveInTheirSlotAndFloodsAreThinnedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.offerer, p.answerer)
		for _, s := range []media.Slot{media.Screen, media.Camera} {
			if err := tracks[s].RequestKeyFrame(); err != nil {
				t.Fatal(err)
			}
			if e := next[transport.KeyFrameRequested](t, p.offerer); e.Slot != s {
				t.Errorf("request for %v arrived for %v", s, e.Slot)
			}
		}
		time.Sleep(time.Second)
		before := len(p.offerer.all())
		for range 1000 { // in one second
			if err := tracks[media.Camera].RequestKeyFrame(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		requests := 0
		for _, e := range p.offerer.all()[before:] {
			if _, ok := e.(transport.KeyFrameRequested); ok {
				requests++
			}
		}
		if requests < 10 || requests > 21 {
			t.Errorf("%d requests posted, want 10 to 21", requests)
		}
		if s := p.offerer.Stats().Outbound[media.Camera]; s.PLIs != 1001 {
			t.Errorf("%d requests counted, want 1001", s.PLIs)
		}
	})
}

func TestReportsTellLossRoundTripAndClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.offerer, p.answerer)
		readAll(tracks)
		for seq := uint16(2); seq < 250; seq++ { // 5 s of sound, 20 ms a packet, a fifth of it lost
			if seq%5 == 0 {
				n.drop.Store(1)
			}
			send(t, p.offerer, media.Microphone, seq)
			time.Sleep(20 * time.Millisecond)
			n.drop.Store(0)
		}
		var last transport.ReceiverReported
		for range 4 {
			last = wait(t, p.offerer, func(e transport.ReceiverReported) bool { return e.Slot == media.Microphone })
		}
		if last.FractionLost < 0.1 || last.FractionLost > 0.3 {
			t.Errorf("loss %v, want about 0.2", last.FractionLost)
		}
		if last.RoundTripTime < 9*time.Millisecond || last.RoundTripTime > 15*time.Millisecond {
			t.Errorf("round trip %v over twice 5 ms", last.RoundTripTime)
		}
		ntp, ticks, ok := tracks[media.Microphone].SenderReport()
		if !ok {
			t.Fatal("no sender report after 5 s")
		}
		// The stream began 5 s ago with 960 ticks and runs at 48 kHz.
		age := time.Since(ntp)
		if age < 0 || age > 2*time.Second {
			t.Errorf("sender report of %v, now is %v", ntp, time.Now())
		}
		if elapsed := float64(ticks) / 48000; elapsed < 3 || elapsed > 6 {
			t.Errorf("RTP time of the report is %v s, want about 5", elapsed)
		}
		if _, _, ok := tracks[media.Screen].SenderReport(); !ok {
			t.Error("no report of a slot that sent one packet")
		}
	})
}

func TestHeaderOfTheCallerStaysAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		h := &rtp.Header{Version: 2, SequenceNumber: 7, SSRC: 1, PayloadType: 2}
		if err := h.SetExtension(1, []byte{0x55}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := p.offerer.Outbound(media.Microphone).WriteRTP(h, []byte("x")); err != nil {
				t.Fatal(err)
			}
			h.SequenceNumber++
		}
		if h.SSRC != 1 || h.PayloadType != 2 || len(h.GetExtensionIDs()) != 1 {
			t.Errorf("header is now %v with extensions %v", h, h.GetExtensionIDs())
		}
		track := next[transport.TrackStarted](t, p.answerer).Track
		for want := uint16(7); want < 10; want++ {
			got, err := track.ReadRTP()
			if err != nil {
				t.Fatal(err)
			}
			if got.SequenceNumber != want || len(got.GetExtension(1)) != 1 || len(got.GetExtension(3)) != 2 {
				t.Errorf("packet %v: want number %d, the caller's extension and a transport-cc number", got, want)
			}
		}
	})
}

func TestNothingIsSentBeforeTheConnectionIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		h, payload := packet(media.Camera, 1)
		try := func(when string) {
			t.Helper()
			for _, s := range []*side{p.offerer, p.answerer} {
				if sent, err := s.Outbound(media.Camera).WriteRTP(h, payload); sent != 0 || err != nil {
					t.Errorf("%s: WriteRTP = %d, %v, want nothing", when, sent, err)
				}
			}
		}
		try("new")
		n.cut.Store(true)
		p.negotiate(t, false)
		try("connecting")
		if s := p.offerer.Stats().Outbound[media.Camera]; s.PacketsSent != 0 {
			t.Errorf("%d packets counted", s.PacketsSent)
		}
		if p.offerer.Outbound(0) != nil || p.offerer.Outbound(9) != nil {
			t.Error("Outbound of what is no slot is not nil")
		}
	})
}
