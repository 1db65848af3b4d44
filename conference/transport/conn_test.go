package transport_test

import (
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/transport"
)

func TestOneExchangeOpensAllSlotsBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		there := startSlots(t, p.offerer, p.answerer)
		back := startSlots(t, p.answerer, p.offerer)
		for _, s := range media.Slots() {
			for n := uint16(2); n < 20; n++ {
				send(t, p.offerer, s, n)
				send(t, p.answerer, s, n)
			}
			for n := uint16(2); n < 20; n++ {
				expect(t, there[s], s, n)
				expect(t, back[s], s, n)
			}
		}
	})
}

func TestControlMessagesPassBothWaysInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		if err := p.offerer.SendControl([]byte("early")); !errors.Is(err, transport.ErrNotOpen) {
			t.Errorf("SendControl before the channel is open: %v, want ErrNotOpen", err)
		}
		p.connect(t)
		large := make([]byte, 96<<10)
		for _, text := range []string{"1", "2", string(large), "3"} {
			for _, s := range []*side{p.offerer, p.answerer} {
				if err := s.SendControl([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range []*side{p.offerer, p.answerer} {
				if got := next[transport.ControlMessage](t, s); string(got.Data) != text {
					t.Fatalf("message of %d bytes, want %d", len(got.Data), len(text))
				}
			}
		}
		if err := p.offerer.SendControl(append(large, 0)); !errors.Is(err, transport.ErrTooLarge) {
			t.Errorf("SendControl of 96 KiB and one: %v, want ErrTooLarge", err)
		}
	})
}

func TestControlRefusesWhenTooMuchWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		p.connect(t)
		n.cut.Store(true)
		var err error
		sent := 0
		for ; err == nil && sent < 100; sent++ {
			err = p.offerer.SendControl(make([]byte, 64<<10))
		}
		if !errors.Is(err, transport.ErrCongested) || sent < 10 || sent > 17 {
			t.Errorf("message %d of 64 KiB: %v, want ErrCongested at 1 MiB", sent, err)
		}
	})
}

func TestFloodOfControlMessagesIsSlowedDownNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		start := time.Now()
		for n := range 1000 {
			if err := p.offerer.SendControl([]byte{byte(n)}); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 1000 {
			if got := next[transport.ControlMessage](t, p.answerer); got.Data[0] != byte(n) {
				t.Fatalf("message %d is %d", n, got.Data[0])
			}
		}
		if took := time.Since(start); took < 3*time.Second || took > 5*time.Second {
			t.Errorf("1,000 messages took %v, want 3 to 5 s", took)
		}
	})
}

func TestDeadNetworkIsNoticedAndRestartKeepsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.offerer, p.answerer)

		n.cut.Store(true)
		start := time.Now()
		lost := waitState(t, p.offerer, transport.StateDisconnected)
		if d := time.Since(start); d < 2*time.Second || d > 4*time.Second || !errors.Is(lost.Err, transport.ErrNoPath) {
			t.Errorf("disconnected after %v with %v, want 2.5 to 4 s and ErrNoPath", d, lost.Err)
		}
		if err := p.offerer.SendControl([]byte("into the dark")); err != nil {
			t.Fatal(err)
		}
		failed := waitState(t, p.offerer, transport.StateFailed)
		if d := time.Since(start); d < 7*time.Second || d > 12*time.Second || !errors.Is(failed.Err, transport.ErrNoPath) {
			t.Errorf("failed after %v with %v, want 7 to 12 s and ErrNoPath", d, failed.Err)
		}
		t.Logf("failed after %v", time.Since(start))

		n.cut.Store(false)
		start = time.Now()
		p.negotiate(t, true)
		waitState(t, p.offerer, transport.StateConnected)
		waitState(t, p.answerer, transport.StateConnected)
		if d := time.Since(start); d > time.Second {
			t.Errorf("connected %v after the restart, want at most 1 s", d)
		}
		for s, track := range tracks {
			send(t, p.offerer, s, 2)
			expect(t, track, s, 2)
		}
		if got := next[transport.ControlMessage](t, p.answerer); string(got.Data) != "into the dark" {
			t.Errorf("message %q, want the one sent while the network was dead", got.Data)
		}
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("control message came %v after the restart, want at most 3 s", d)
		}
	})
}

func TestRestartWhileThePathIsAliveInterruptsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.answerer, p.offerer)
		before := p.offerer.Stats().Path
		p.negotiate(t, true)
		waitState(t, p.offerer, transport.StateConnected)
		waitState(t, p.answerer, transport.StateConnected)
		send(t, p.answerer, media.Camera, 2)
		expect(t, tracks[media.Camera], media.Camera, 2)
		if after := p.offerer.Stats().Path; after == before || after.Local == "" {
			t.Errorf("path %v after %v, want a new one", after, before)
		}
	})
}

func TestOfferThatWasLostIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, n := virtualPair(t)
		if _, _, err := p.offerer.Offer(false); err != nil { // lost on its way
			t.Fatal(err)
		}
		p.connect(t)
		n.cut.Store(true)
		waitState(t, p.offerer, transport.StateDisconnected)
		for range 3 { // restarts nobody heard of
			if _, _, err := p.offerer.Offer(true); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		n.cut.Store(false)
		p.negotiate(t, true)
		waitState(t, p.offerer, transport.StateConnected)
		startSlots(t, p.offerer, p.answerer)
	})
}

func TestCloseIsSeenByTheOtherSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		tracks := startSlots(t, p.offerer, p.answerer)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := p.offerer.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if e := waitState(t, p.answerer, transport.StateClosed); !errors.Is(e.Err, transport.ErrPeerClosed) {
			t.Errorf("closed with %v, want ErrPeerClosed", e.Err)
		}
		if err := p.answerer.Close(); err != nil {
			t.Error(err)
		}
		if _, err := tracks[media.Camera].ReadRTP(); err != io.EOF {
			t.Errorf("ReadRTP after Close: %v, want io.EOF", err)
		}
		h, payload := packet(media.Camera, 9)
		for _, s := range []*side{p.offerer, p.answerer} {
			if n, err := s.Outbound(media.Camera).WriteRTP(h, payload); n != 0 || err != nil {
				t.Errorf("WriteRTP after the close = %d, %v, want nothing", n, err)
			}
			if err := s.SendControl([]byte("late")); !errors.Is(err, transport.ErrNotOpen) {
				t.Errorf("SendControl after the close: %v, want ErrNotOpen", err)
			}
		}
		if _, _, err := p.offerer.Offer(true); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Offer after Close: %v, want ErrClosed", err)
		}
	})
}

func TestCloseDoesNotHangInAnyPhase(t *testing.T) {
	phases := map[string]func(*testing.T, *pair, *network){
		"new":     func(*testing.T, *pair, *network) {},
		"offered": func(t *testing.T, p *pair, _ *network) { _, _, _ = p.offerer.Offer(false) },
		"connecting, nobody there": func(t *testing.T, p *pair, n *network) {
			n.cut.Store(true)
			p.negotiate(t, false)
			time.Sleep(time.Second)
		},
		"handshake": func(t *testing.T, p *pair, n *network) {
			p.negotiate(t, false)
			waitState(t, p.offerer, transport.StateConnecting)
			time.Sleep(25 * time.Millisecond)
			n.cut.Store(true)
			time.Sleep(100 * time.Millisecond)
		},
		"disconnected": func(t *testing.T, p *pair, n *network) {
			p.connect(t)
			startSlots(t, p.offerer, p.answerer)
			n.cut.Store(true)
			waitState(t, p.offerer, transport.StateDisconnected)
		},
		"restarting": func(t *testing.T, p *pair, n *network) {
			p.connect(t)
			n.cut.Store(true)
			_, _, _ = p.offerer.Offer(true)
		},
	}
	for name, reach := range phases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, n := virtualPair(t)
				reach(t, p, n)
				for _, s := range []*side{p.offerer, p.answerer} {
					start := time.Now()
					if err := s.Close(); err != nil {
						t.Error(err)
					}
					if d := time.Since(start); d > 2*time.Second {
						t.Errorf("Close took %v", d)
					}
				}
			})
		})
	}
}

func TestPathAndRoundTripAreKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		if s := p.offerer.Stats(); s.Path != (transport.Path{}) {
			t.Errorf("path before connecting: %v", s.Path)
		}
		p.connect(t)
		startSlots(t, p.offerer, p.answerer)
		time.Sleep(3 * time.Second)
		s := p.offerer.Stats()
		if s.Path.Protocol != "udp" || s.Path.Relayed || s.Path.Local == "" || s.Path.Remote == "" {
			t.Errorf("path %+v", s.Path)
		}
		if s.RoundTripTime < 10*time.Millisecond || s.RoundTripTime > 30*time.Millisecond {
			t.Errorf("round trip %v over twice 5 ms", s.RoundTripTime)
		}
		if s.BytesSent == 0 || s.BytesReceived == 0 || s.Outbound[media.Screen].PacketsSent != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}
