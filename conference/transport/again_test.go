package transport_test

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/transport/v4/vnet"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
	"confab/conference/transport"
)

// tap keeps what leaves the first host, by RTP sequence number of one payload type, and loses the first
// packet of one number.
type tap struct {
	mu      sync.Mutex
	packets map[uint16][][]byte
}

func newTap(n *network, payload byte, lose uint16) *tap {
	w := &tap{packets: map[uint16][][]byte{}}
	n.router.AddChunkFilter(func(c vnet.Chunk) bool {
		b := c.UserData()
		if len(b) > 12 && b[0]>>6 == 2 && b[1]&0x7f == payload {
			w.mu.Lock()
			defer w.mu.Unlock()
			number := binary.BigEndian.Uint16(b[2:])
			w.packets[number] = append(w.packets[number], bytes.Clone(b))
			return number != lose || len(w.packets[number]) > 1
		}
		return true
	})
	return w
}

func (w *tap) of(number uint16) [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.packets[number]
}

// speak sends packets of sound with a level, the last ones.
func speak(t *testing.T, s *side, first, last uint16) {
	t.Helper()
	for i := first; i <= last; i++ {
		h, payload := packet(media.Microphone, i)
		if sent, err := s.Outbound(media.Microphone).WriteSound(h, payload, media.NewSoundLevel(uint8(i), true)); err != nil || sent == 0 {
			t.Fatalf("WriteSound = %d, %v", sent, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Sound has no stream of repairs: what is sent again has its old number, and must be the very packet that
// left at first.
func TestSoundThatIsSentAgainIsTheSamePacketToTheLastBit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		sent := newTap(n, 111, 5)
		p.connect(t)
		track := startSlots(t, p.offerer, p.answerer)[media.Microphone]
		speak(t, p.offerer, 2, 4)
		for i := range uint16(3) {
			expect(t, track, media.Microphone, 2+i)
		}
		speak(t, p.offerer, 5, 9)
		if err := track.RequestRepair([]uint16{5}); err != nil {
			t.Fatal(err)
		}
		asked := next[transport.RepairRequested](t, p.offerer)
		if asked.Slot != media.Microphone || len(asked.SequenceNumbers) != 1 || asked.SequenceNumbers[0] != 5 {
			t.Fatalf("asked for %+v", asked)
		}
		for i := range uint16(4) {
			expect(t, track, media.Microphone, 6+i)
		}
		results := len(p.offerer.results())
		for range 2 {
			h, payload := packet(media.Microphone, 5)
			if sent, err := p.offerer.Outbound(media.Microphone).WriteRepair(h, payload); err != nil || sent == 0 {
				t.Fatalf("WriteRepair = %d, %v", sent, err)
			}
		}
		expect(t, track, media.Microphone, 5)
		speak(t, p.offerer, 10, 19)
		expect(t, track, media.Microphone, 10) // the second copy was a replay
		all := sent.of(5)
		if len(all) != 3 || !bytes.Equal(all[0], all[1]) || !bytes.Equal(all[0], all[2]) {
			t.Errorf("packet 5 left as %x", all)
		}
		for i, r := range p.offerer.results()[results:] {
			if r.Lost {
				t.Errorf("result %d after the repair: %+v", i, r)
			}
		}
		if s := p.offerer.Stats().Outbound[media.Microphone]; s.RepairsSent != 2 {
			t.Errorf("%d repairs counted, want 2", s.RepairsSent)
		}
	})
}

func TestWhatIsNotKeptIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		readAll(startSlots(t, p.offerer, p.answerer))
		out := p.offerer.Outbound(media.Microphone)
		for i := range uint16(600) {
			send(t, p.offerer, media.Microphone, 2+i)
		}
		for number, want := range map[uint16]bool{601: true, 100: true, 89: false, 700: false, 2: false} {
			h, payload := packet(media.Microphone, number)
			if sent, err := out.WriteRepair(h, payload); err != nil || (sent > 0) != want {
				t.Errorf("WriteRepair of packet %d of 601 = %d, %v", number, sent, err)
			}
		}
	})
}

// A peer that has not agreed to be asked for sound is not asked.
func TestPeersThatRepairNoSoundAreNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0]) // pion's codecs: Opus without nack
		s := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		voice := add(t, pc, webrtc.MimeTypeOpus, "a1")
		callFrom(t, pc, s, nil)
		if err := voice.WriteSample(sample(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		track := next[transport.TrackStarted](t, s).Track
		asked := make(chan struct{}, 1)
		go func() { // ends with the connection
			for {
				packets, _, err := pc.GetSenders()[0].ReadRTCP()
				if err != nil {
					return
				}
				if asksAgain(packets) {
					asked <- struct{}{}
				}
			}
		}()
		if err := track.RequestRepair([]uint16{1, 2}); err != nil {
			t.Error(err)
		}
		time.Sleep(3 * time.Second)
		select {
		case <-asked:
			t.Error("it was asked")
		default:
		}
	})
}
