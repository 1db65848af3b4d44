package transport_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	ours "confab/conference/media"
	"confab/conference/signaling"
	"confab/conference/transport"
)

// accept lets the foreign peer answer an offer, and gives the answer.
func accept(t *testing.T, pc *webrtc.PeerConnection, offer string) string {
	t.Helper()
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		t.Fatal(err)
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return pc.LocalDescription().SDP
}

// tunneled is a side that has offered to the foreign peer, which has a tunnel; what came through it is heard.
func tunneled(t *testing.T, n *network, pc *webrtc.PeerConnection) (s *side, heard <-chan webrtc.DataChannelMessage) {
	t.Helper()
	s = makeSide(t, onHost(n.hosts[1]), func(e *transport.Engine, post func(transport.Event)) (*transport.Conn, error) {
		return e.NewForeignConn(transport.Offerer, transport.ForeignOptions{Tunnel: true}, post)
	})
	number, negotiated := uint16(0), true
	tunnel, err := pc.CreateDataChannel("", &webrtc.DataChannelInit{ID: &number, Negotiated: &negotiated})
	if err != nil {
		t.Fatal(err)
	}
	messages := make(chan webrtc.DataChannelMessage, 4) // all of the test
	tunnel.OnMessage(func(m webrtc.DataChannelMessage) { messages <- m })
	offer, slots, err := s.Offer(false)
	if err != nil || strings.Count(offer, "\nm=") != 1 || slots != nil {
		t.Fatalf("first offer %v, %v:\n%s", slots, err, offer)
	}
	if err := s.Accept(accept(t, pc, offer)); err != nil {
		t.Fatal(err)
	}
	for _, c := range <-s.found {
		give(t, pc, c)
	}
	waitState(t, s, transport.StateConnected)
	s.rewind()
	next[transport.ControlOpen](t, s)
	return s, messages
}

// TestNegotiationThroughATunnel: data alone at first; then lines of one direction, by offers that cross.
func TestNegotiationThroughATunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		arrived := make(chan string, 4) // all tracks of the test
		pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { arrived <- track.ID() })
		s, heard := tunneled(t, n, pc)
		if err := s.SendTunnel([]byte{8, 1}, false); err != nil {
			t.Fatal(err)
		}
		if m := <-heard; m.IsString || len(m.Data) != 2 {
			t.Errorf("through the tunnel came %v", m)
		}

		crossing, _, err := s.Offer(false)
		if err != nil || strings.Count(crossing, "a=sendonly") != 2 || !strings.Contains(crossing, "a=mid:g1\r\n") {
			t.Errorf("second offer, %v:\n%s", err, crossing)
		}
		camera := add(t, pc, webrtc.MimeTypeVP8, "v1")
		theirs, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := pc.SetLocalDescription(theirs); err != nil {
			t.Fatal(err)
		}
		mid := pc.GetTransceivers()[0].Mid()
		answer, err := s.Answer(theirs.SDP, map[string]string{mid: "screen"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(answer, "a=setup:passive") || strings.Contains(answer, "a=sendrecv\r\na=msid") {
			t.Errorf("answer:\n%s", answer)
		}
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
			t.Fatal(err)
		}
		again, _, err := s.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Accept(accept(t, pc, again)); err != nil {
			t.Fatal(err)
		}
		if err := camera.WriteSample(media.Sample{Data: []byte{0x10, 1, 2, 3}, Duration: 20 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		if e := next[transport.TrackStarted](t, s); e.Slot != ours.Screen {
			t.Errorf("their line arrived as %v, want the screen", e.Slot)
		}
		for _, slot := range []ours.Slot{ours.Microphone, ours.Camera} {
			send(t, s, slot, 1)
			if id := <-arrived; id != slot.String() {
				t.Errorf("%v arrived as %q", slot, id)
			}
		}
	})
}

// echoing frames text as itself behind a mark, and answers each message.
type echoing struct{}

func (echoing) Frame(text string) [][]byte { return [][]byte{[]byte("<" + text), []byte(">")} }

func (echoing) Unframe(data []byte) (string, bool, []byte, error) {
	if data[0] == '<' {
		return string(data[1:]), true, []byte("!"), nil
	}
	return "", false, nil, nil
}

func TestFramedTextIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := makeSide(t, onHost(n.hosts[1]), func(e *transport.Engine, post func(transport.Event)) (*transport.Conn, error) {
			return e.NewForeignConn(transport.Answerer, transport.ForeignOptions{
				Tunnel: true, Framing: func() signaling.Framing { return echoing{} },
			}, post)
		})
		heard := make(chan string, 8)
		chat, err := pc.CreateDataChannel("chat", nil)
		if err != nil {
			t.Fatal(err)
		}
		chat.OnMessage(func(m webrtc.DataChannelMessage) { heard <- string(m.Data) })
		opened := make(chan struct{})
		chat.OnOpen(func() { close(opened) })
		callFrom(t, pc, s, map[string]string{})
		<-opened
		s.rewind()
		next[transport.TextOpen](t, s)
		if err := s.SendText("hello"); err != nil {
			t.Fatal(err)
		}
		if a, b := <-heard, <-heard; a != "<hello" || b != ">" {
			t.Errorf("text arrived as %q, %q", a, b)
		}
		if err := chat.Send([]byte("<hi")); err != nil {
			t.Fatal(err)
		}
		if m := next[transport.TextMessage](t, s); m.Text != "hi" {
			t.Errorf("text %q", m.Text)
		}
		if answer := <-heard; answer != "!" {
			t.Errorf("the answer is %q", answer)
		}
	})
}
