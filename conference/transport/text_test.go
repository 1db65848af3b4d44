package transport_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	piontransport "github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"

	ours "confab/conference/media"
	"confab/conference/transport"
)

// newForeignSide is a side that takes the other one for another program.
func newForeignSide(t testing.TB, n piontransport.Net, role transport.Role, text string) *side {
	t.Helper()
	return makeSide(t, onHost(n), func(e *transport.Engine, post func(transport.Event)) (*transport.Conn, error) {
		return e.NewForeignConn(role, transport.ForeignOptions{Text: text}, post)
	})
}

// strangers are two sides that take each other for other programs.
func strangers(t *testing.T, n *network) *pair {
	t.Helper()
	return joinSides(t, newForeignSide(t, n.hosts[0], transport.Offerer, "room"),
		newForeignSide(t, n.hosts[1], transport.Answerer, "room"))
}

// both waits until both sides are in a state, for the first time or again.
func both(t *testing.T, p *pair, want transport.State) {
	t.Helper()
	for _, s := range []*side{p.offerer, p.answerer} {
		waitState(t, s, want)
	}
}

func TestForeignSidesGetTwoLinesAndAChannelForText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := strangers(t, newNetwork(t))
		offer, _, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(offer, "\nm="); got != 3 {
			t.Errorf("%d lines in the offer, want sound, pictures and data:\n%s", got, offer)
		}
		p.negotiate(t, false)
		for _, s := range []*side{p.offerer, p.answerer} {
			waitState(t, s, transport.StateConnected)
			s.rewind()
			next[transport.TextOpen](t, s)
			if !s.Carries(ours.Camera) || s.Carries(ours.Screen) {
				t.Errorf("carries camera: %v, screen: %v", s.Carries(ours.Camera), s.Carries(ours.Screen))
			}
			if err := s.SendControl([]byte("x")); !errors.Is(err, transport.ErrNotOpen) {
				t.Errorf("SendControl to a foreign side: %v", err)
			}
		}
		for from, to := range map[*side]*side{p.offerer: p.answerer, p.answerer: p.offerer} {
			send(t, from, ours.Microphone, 1)
			send(t, from, ours.Camera, 1)
			next[transport.TrackStarted](t, to)
			next[transport.TrackStarted](t, to)
			if err := from.SendText("héllo"); err != nil {
				t.Fatal(err)
			}
			if m := next[transport.TextMessage](t, to); m.Text != "héllo" {
				t.Errorf("text %q", m.Text)
			}
		}
	})
}

func TestEitherForeignSideRestartsThePath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := strangers(t, newNetwork(t))
		if _, _, err := p.answerer.Offer(false); !errors.Is(err, transport.ErrState) {
			t.Errorf("first offer of the answerer: %v, want ErrState", err)
		}
		p.negotiate(t, false)
		both(t, p, transport.StateConnected)
		tracks := startSlots(t, p.offerer, p.answerer, ours.Microphone, ours.Camera)
		for _, turned := range []bool{false, true, false} {
			q := &pair{p.offerer, p.answerer}
			if turned {
				q.offerer, q.answerer = q.answerer, q.offerer
			}
			q.negotiate(t, true)
			both(t, q, transport.StateConnected)
		}
		send(t, p.offerer, ours.Camera, 2)
		expect(t, tracks[ours.Camera], ours.Camera, 2)
	})
}

// RFC 8842 section 5.3: the parts in DTLS stay while its connection does. Chromium refuses an answer that
// takes another one.
func TestALaterAnswerTakesThePartInDTLSThatTheFirstOneHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := strangers(t, newNetwork(t))
		p.negotiate(t, false)
		both(t, p, transport.StateConnected)
		offer, _, err := p.answerer.Offer(true)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.offerer.Answer(offer, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer, "a=setup:active") || !strings.Contains(answer, "a=setup:passive") {
			t.Errorf("whoever is the server of DTLS answers\n%s", answer)
		}
		if err := p.answerer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		both(t, p, transport.StateConnected)
	})
}

func TestAnOfferThatCrossesAForeignOneIsVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := strangers(t, newNetwork(t))
		p.negotiate(t, false)
		both(t, p, transport.StateConnected)
		if _, _, err := p.answerer.Offer(false); err != nil {
			t.Fatal(err)
		}
		q := &pair{p.offerer, p.answerer}
		q.negotiate(t, true)
		if err := p.answerer.Accept("x"); !errors.Is(err, transport.ErrState) {
			t.Errorf("answer to the void offer: %v, want ErrState", err)
		}
		both(t, q, transport.StateConnected)
	})
}

func TestForeignChannelsAreReadWithinLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		pc := foreign(t, n.hosts[0])
		s := newForeignSide(t, n.hosts[1], transport.Answerer, "")
		channel, err := pc.CreateDataChannel("stream1", nil)
		if err != nil {
			t.Fatal(err)
		}
		opened := make(chan struct{})
		channel.OnOpen(func() { close(opened) })
		add(t, pc, webrtc.MimeTypeOpus, "a1")
		callFrom(t, pc, s, nil)
		<-opened
		for what, send := range map[string]func() error{
			"too long": func() error { return channel.SendText(strings.Repeat("x", 16<<10+1)) },
			"binary":   func() error { return channel.Send([]byte{1, 2, 3}) },
			"no UTF-8": func() error { return channel.SendText("\xff") },
		} {
			if err := send(); err != nil {
				t.Fatal(err)
			}
			if e := next[transport.TextRefused](t, s); !errors.Is(e.Err, transport.ErrTooLarge) && !errors.Is(e.Err, transport.ErrNotText) {
				t.Errorf("%s: %v", what, e.Err)
			}
		}
		for range 600 { // more than passes at once
			if err := channel.SendText("hello"); err != nil {
				t.Fatal(err)
			}
		}
		for range 600 {
			next[transport.TextMessage](t, s)
		}
		for range 100 { // nobody reads them
			if _, err := pc.CreateDataChannel("other", nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.SendText(strings.Repeat("x", 16<<10+1)); !errors.Is(err, transport.ErrTooLarge) {
			t.Errorf("SendText of too much: %v", err)
		}
	})
}
