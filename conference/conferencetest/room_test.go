package conferencetest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/conferencetest"
)

// meet has two people meet over the path and gives what went over Ana's cable until Ben had decoded 20
// pictures.
func meet(t *testing.T, o conferencetest.RoomOptions, path conferencetest.Conditions) []conferencetest.Passage {
	t.Helper()
	room, err := conferencetest.NewRoom(o)
	if err != nil {
		t.Fatal(err)
	}
	there := conferencetest.NewCable(conferencetest.NewLink(path, 1))
	back := conferencetest.NewCable(conferencetest.NewLink(path, 2))
	t.Cleanup(func() {
		for _, end := range []func() error{room.Close, room.Close, there.Close, back.Close, back.Close} {
			if err := end(); err != nil {
				t.Error(err)
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	clip := conferencetest.NewClip(320, 180, "Ana")
	if _, err := room.Enter(ctx, conferencetest.PersonOptions{Name: "Ana", Cable: there, Clip: clip}); err != nil {
		t.Fatal(err)
	}
	ben, err := room.Enter(ctx, conferencetest.PersonOptions{Name: "Ben", Cable: back})
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * ms)
	defer tick.Stop()
	for {
		if s := ben.Channel.Stats(); len(s.Peers) == 1 && s.Peers[0].Video.FramesDecoded >= 20 {
			return there.Passages()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no pictures: %+v", ben.Channel.Stats().Peers)
		}
	}
}

func TestEverythingInAVirtualRoomGoesOverTheCables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passages := meet(t, conferencetest.RoomOptions{}, conferencetest.Conditions{Delay: 20 * ms})
		kinds := map[string]int{}
		for _, p := range passages {
			if d := p.Arrives.Sub(p.Sent); d != 20*ms {
				t.Fatalf("%v under way", d)
			}
			switch {
			case isRTP(p):
				kinds["RTP"]++
			case p.Head[0] >= 20 && p.Head[0] <= 63:
				kinds["DTLS"]++
			case p.Head[0] <= 3:
				kinds["STUN"]++
			}
		}
		for _, k := range []string{"RTP", "DTLS", "STUN"} {
			if kinds[k] == 0 {
				t.Errorf("no %s in %v", k, kinds)
			}
		}
	})
}

func TestARoomOfRealSocketsGoesOverTheCablesToo(t *testing.T) {
	passages := meet(t, conferencetest.RoomOptions{RealSockets: true}, conferencetest.Conditions{Delay: 20 * ms})
	if tally := conferencetest.TallyOf(passages); tally.Packets < 40 {
		t.Errorf("tally %+v: the pictures went elsewhere", tally)
	}
}

func TestACutCableCarriesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room, err := conferencetest.NewRoom(conferencetest.RoomOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer room.Close()
		cable := conferencetest.NewCable(conferencetest.NewLink(conferencetest.Conditions{Delay: 10 * ms}, 1))
		cable.Plan(conferencetest.Step{At: time.Now(), Conditions: conferencetest.Conditions{Cut: true}})
		defer cable.Close()
		clip := conferencetest.NewClip(160, 90, "Ana")
		for _, name := range []string{"Ana", "Ben"} {
			if _, err := room.Enter(t.Context(), conferencetest.PersonOptions{Name: name, Cable: cable, Clip: clip}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Second)
		tally := conferencetest.TallyOf(cable.Passages())
		if tally.Packets > 0 || tally.Severed == 0 {
			t.Errorf("tally %+v", tally)
		}
	})
}
