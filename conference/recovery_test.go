package conference_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

var nativeDrivers = signaling.Registry{"ws": native.Open}

// serve runs a signaling server on an address of loopback until stop, which cuts all its sockets.
func serve(t *testing.T, address string) (at string, stop func()) {
	t.Helper()
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server: %v", err)
		}
	}
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func TestTheCallGoesOnWithoutItsSignalingServer(t *testing.T) {
	at, stop := serve(t, "127.0.0.1:0")
	var people []*person
	for _, name := range []string{"Ana", "Ben", "Chen"} {
		people = append(people, meet(t, nativeDrivers, "ws://"+at, "stand-up", name))
	}
	eventually(t, time.Minute, func() (string, bool) { return seesAll(people, 10) })
	ids := map[signaling.PeerID]bool{}
	media := map[*conference.RemoteMedia]bool{}
	for _, p := range people {
		ids[p.channel.Snapshot().Self.ID] = true
		for _, q := range p.channel.Snapshot().Participants {
			media[q.Media] = true
		}
	}
	stop()
	eventually(t, 30*time.Second, func() (string, bool) {
		return "signaling is not interrupted", people[0].channel.Snapshot().SignalingErr != nil
	})

	page, err := capture.OpenScreen(t.Context(), "test:Ana", capture.VideoOptions{Width: 640, Height: 400, Pool: people[0].local.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	if err := people[0].local.SetVideo(conference.Screen, page); err != nil {
		t.Fatal(err)
	}
	for _, p := range people[1:] {
		eventually(t, time.Minute, func() (string, bool) {
			for _, q := range p.channel.Stats().Peers {
				if q.Name == "Ana" && q.Screen != nil && q.Screen.FramesDecoded > 5 {
					return "", true
				}
			}
			return "Ana's screen does not arrive", false
		})
		for _, q := range p.channel.Snapshot().Participants {
			if q.Name == "Ana" && !q.Metadata.Screen {
				t.Error("nobody was told that Ana shares her screen")
			}
		}
	}

	serve(t, at)
	for _, p := range people {
		eventually(t, time.Minute, func() (string, bool) {
			s := p.channel.Snapshot()
			return fmt.Sprintf("%v", s.SignalingErr), s.SignalingErr == nil && len(s.Participants) == 2
		})
		s := p.channel.Snapshot()
		if !ids[s.Self.ID] {
			t.Errorf("%s came back as %s", s.Self.Name, s.Self.ID)
		}
		for _, q := range s.Participants {
			if !ids[q.ID] || !media[q.Media] || q.State != conference.StateConnected {
				t.Errorf("%s: the connection to %s is a new one, or %v", s.Self.Name, q.Name, q.State)
			}
		}
	}
	// And a newcomer finds everybody.
	people = append(people, meet(t, nativeDrivers, "ws://"+at, "stand-up", "Dina"))
	eventually(t, time.Minute, func() (string, bool) { return seesAll(people, 10) })
}

func TestEventsComeInOrderAndByTopic(t *testing.T) {
	at, _ := serve(t, "127.0.0.1:0")
	ana := meet(t, nativeDrivers, "ws://"+at, "r", "Ana")
	all := ana.channel.Subscribe(t.Context())
	connected := ana.channel.Subscribe(t.Context(), "connection:connected")
	ben := meet(t, nativeDrivers, "ws://"+at, "r", "Ben")
	eventually(t, time.Minute, func() (string, bool) { return seesAll([]*person{ana, ben}, 3) })
	if err := ben.channel.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, func() (string, bool) {
		return "Ben is still there", len(ana.channel.Snapshot().Participants) == 0
	})
	if err := ana.channel.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	var topics []string
	for e := range all {
		switch e.Topic() {
		case "channel:changed", "channel:update", "track:mic", "track:camera":
		default:
			topics = append(topics, e.Topic())
		}
	}
	want := []string{
		"channel:join", "stream:added", "connection:new", "connection:initializing", "connection:connecting", "connection:connected",
		"stream:removed", "connection:closing", "connection:closed", "channel:leave", "channel:left",
	}
	if fmt.Sprint(topics) != fmt.Sprint(want) {
		t.Errorf("events %v\n  want %v", topics, want)
	}
	var only []string
	for e := range connected {
		only = append(only, e.Topic())
	}
	if fmt.Sprint(only) != "[connection:connected]" {
		t.Errorf("a subscriber to connection:connected got %v", only)
	}
	if s := ana.channel.Snapshot(); !s.Left || s.LeftErr != nil {
		t.Errorf("after leaving: %+v", s)
	}
}
