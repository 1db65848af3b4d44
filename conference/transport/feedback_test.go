package transport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
	"confab/conference/transport"
	"confab/conference/transport/bandwidth"
)

// results are all that a side was told since it was made, in order.
func (s *side) results() []bandwidth.Result {
	var all []bandwidth.Result
	for _, e := range s.all() {
		if f, ok := e.(transport.Feedback); ok {
			all = append(all, f.Results...)
		}
	}
	return all
}

// calling is a connected pair whose answerer reads everything. Its first results are passed over: begin
// is how many there were.
func calling(t *testing.T) (p *pair, n *network, begin int) {
	t.Helper()
	p, n = virtualPair(t)
	p.connect(t)
	readAll(startSlots(t, p.offerer, p.answerer))
	time.Sleep(200 * time.Millisecond)
	return p, n, len(p.offerer.results())
}

// lost tells which of the packets sent by every are lost.
func lost(results []bandwidth.Result) (lost, unknown []int) {
	for i, r := range results {
		if r.Lost {
			lost = append(lost, i)
		}
		if r.Unknown {
			unknown = append(unknown, i)
		}
	}
	return lost, unknown
}

func TestFeedbackTellsWhatTheNetworkDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n, begin := calling(t)
		if begin != 4 {
			t.Errorf("%d results of 4 packets", begin)
		}
		var sent []time.Time
		const packets, every = 400, 8 * time.Millisecond
		for i := range packets {
			if i%10 == 7 {
				n.lose.Store(1)
			}
			sent = append(sent, time.Now())
			send(t, p.offerer, media.Camera, uint16(2+i))
			time.Sleep(every)
		}
		time.Sleep(200 * time.Millisecond)
		results := p.offerer.results()[begin:]
		if len(results) != packets {
			t.Fatalf("%d results of %d packets", len(results), packets)
		}
		var first time.Duration
		for i, r := range results {
			if !r.Departed.Equal(sent[i]) || r.Unknown || r.Lost != (i%10 == 7) {
				t.Fatalf("packet %d, sent at %v: %+v", i, sent[i], r)
			}
			// RTP header and extensions, payload "camera 123", and IPv4, UDP, SRTP.
			if want := 12 + 12 + len("camera ") + 44; r.Size < want || r.Size > want+4 {
				t.Errorf("size %d, want %d and some digits", r.Size, want)
			}
			if r.Lost {
				continue
			}
			delay := r.Arrived.Sub(r.Departed)
			if i == 0 {
				first = delay
			}
			if off := (delay - first).Abs(); off > 2*time.Millisecond {
				t.Errorf("packet %d took %v longer than the first over a steady network", i, delay-first)
			}
		}
	})
}

func TestWhatALostReportToldIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n, begin := calling(t)
		for i := range 200 { // 1.4 s
			switch i {
			case 60:
				n.mute.Store(2) // the answerer's reports are lost
			case 140:
				n.mute.Store(0)
			case 10, 180:
				n.lose.Store(1)
			}
			send(t, p.offerer, media.Camera, uint16(2+i))
			time.Sleep(7 * time.Millisecond) // the network drops 5 ms after it is sent
		}
		time.Sleep(200 * time.Millisecond)
		results := p.offerer.results()[begin:]
		if len(results) != 200 {
			t.Fatalf("%d results of 200 packets", len(results))
		}
		lost, unknown := lost(results)
		if len(lost) != 2 || lost[0] != 10 || lost[1] != 180 {
			t.Errorf("lost are %v, want 10 and 180", lost)
		}
		if len(unknown) < 65 || len(unknown) > 90 || unknown[0] < 50 || unknown[len(unknown)-1] > 145 {
			t.Errorf("unknown are %d: %v, want some 80 from about 55 on", len(unknown), unknown)
		}
	})
}

func TestPicturesCarryTheirTimeOfDeparture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.offerer, p.answerer)
		var before time.Duration
		for n := range uint16(3) {
			send(t, p.offerer, media.Camera, 2+n)
			got, err := tracks[media.Camera].ReadRTP()
			if err != nil {
				t.Fatal(err)
			}
			stamp := got.GetExtension(2) // abs-send-time: 64 s in 24 bits
			if len(stamp) != 3 {
				t.Fatalf("stamp %x", stamp)
			}
			at := time.Duration(uint64(stamp[0])<<16|uint64(stamp[1])<<8|uint64(stamp[2])) * (64 * time.Second) >> 24
			if n > 0 && (at-before-15*time.Millisecond).Abs() > 10*time.Microsecond {
				t.Errorf("packet left %v after the one before, want 15 ms", at-before)
			}
			before = at
			time.Sleep(10 * time.Millisecond) // and 5 of the network
		}
	})
}

func TestPeerWithoutTransportCCGivesNoFeedback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0], webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		add(t, pc, webrtc.MimeTypeVP8, "v1")
		arrived := make(chan struct{}, 1)
		pc.OnTrack(func(*webrtc.TrackRemote, *webrtc.RTPReceiver) { arrived <- struct{}{} })
		callFrom(t, pc, s, nil)
		for i := range 100 {
			send(t, s, media.Camera, uint16(i))
			time.Sleep(10 * time.Millisecond)
		}
		<-arrived
		if results := s.results(); len(results) != 0 {
			t.Errorf("%d results", len(results))
		}
	})
}

func TestRepairsArriveWithTheirFirstNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		p.connect(t)
		track := startSlots(t, p.offerer, p.answerer)[media.Camera]
		time.Sleep(100 * time.Millisecond)

		n.drop.Store(2)
		send(t, p.offerer, media.Camera, 2)
		send(t, p.offerer, media.Camera, 3)
		time.Sleep(20 * time.Millisecond)
		if err := track.RequestRepair([]uint16{2, 3}); err != nil {
			t.Fatal(err)
		}
		asked := next[transport.RepairRequested](t, p.offerer)
		if asked.Slot != media.Camera || len(asked.SequenceNumbers) != 2 || asked.SequenceNumbers[0] != 2 || asked.SequenceNumbers[1] != 3 {
			t.Fatalf("asked for %+v, want 2 and 3 of the camera", asked)
		}
		for _, number := range asked.SequenceNumbers {
			h, payload := packet(media.Camera, number)
			if sent, err := p.offerer.Outbound(media.Camera).WriteRepair(h, payload); err != nil || sent == 0 {
				t.Fatalf("WriteRepair = %d, %v", sent, err)
			}
			if sent, err := p.offerer.Outbound(media.Camera).WritePadding(200); err != nil || sent != 200+16 { // and the authentication tag
				t.Fatalf("WritePadding(200) = %d, %v", sent, err)
			}
		}
		expect(t, track, media.Camera, 2)
		expect(t, track, media.Camera, 3)
		// Large padding is the last packet once more, small padding comes to nobody's eyes.
		if sent, err := p.offerer.Outbound(media.Camera).WritePadding(1200); err != nil || sent == 0 {
			t.Fatalf("WritePadding(1200) = %d, %v", sent, err)
		}
		expect(t, track, media.Camera, 3)
		send(t, p.offerer, media.Camera, 4)
		expect(t, track, media.Camera, 4)
		if s := p.offerer.Stats().Outbound[media.Camera]; s.PacketsSent != 4 || s.RepairsSent != 2 || s.NACKs != 1 {
			t.Errorf("%d packets, %d repairs and %d requests counted, want 4, 2 and 1", s.PacketsSent, s.RepairsSent, s.NACKs)
		}
	})
}

func TestRepairsForAPeerWithoutThemComeAsTheyWere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		codecs := &webrtc.MediaEngine{}
		vp8 := webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, PayloadType: 96}
		if err := codecs.RegisterCodec(vp8, webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
		n := newNetwork(t)
		s := newSide(t, onHost(n.hosts[0]), transport.Answerer)
		pc := foreign(t, n.hosts[1], webrtc.WithMediaEngine(codecs))
		add(t, pc, webrtc.MimeTypeVP8, "v1")
		arrived := make(chan *webrtc.TrackRemote, 1)
		pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { arrived <- track })
		callFrom(t, pc, s, nil)
		send(t, s, media.Camera, 1)
		track := <-arrived
		n.lose.Store(1)
		send(t, s, media.Camera, 2)
		time.Sleep(10 * time.Millisecond)
		send(t, s, media.Camera, 3)
		h, payload := packet(media.Camera, 2)
		if sent, err := s.Outbound(media.Camera).WriteRepair(h, payload); err != nil || sent == 0 {
			t.Fatalf("WriteRepair = %d, %v", sent, err)
		}
		for _, size := range []int{100, 1200} {
			if sent, err := s.Outbound(media.Camera).WritePadding(size); err != nil || sent != 0 {
				t.Errorf("WritePadding(%d) = %d, %v, want nothing", size, sent, err)
			}
		}
		for _, want := range []uint16{1, 3, 2} {
			got, _, err := track.ReadRTP()
			if err != nil {
				t.Fatal(err)
			}
			if _, payload := packet(media.Camera, want); got.SequenceNumber != want || string(got.Payload) != string(payload) {
				t.Errorf("packet %d %q, want %d", got.SequenceNumber, got.Payload, want)
			}
		}
	})
}

func TestRequestsForRepairsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		track := startSlots(t, p.offerer, p.answerer)[media.Screen]
		var numbers []uint16
		for n := range uint16(4000) {
			numbers = append(numbers, n)
		}
		if err := track.RequestRepair(numbers); err != nil {
			t.Fatal(err)
		}
		e := next[transport.RepairRequested](t, p.offerer)
		if e.Slot != media.Screen || len(e.SequenceNumbers) != 1000 {
			t.Errorf("%d numbers of %v, want 1000 of the screen", len(e.SequenceNumbers), e.Slot)
		}
	})
}
