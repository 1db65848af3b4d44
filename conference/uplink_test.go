package conference_test

import (
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/signaling"
)

func TestTheUplinkIsSharedAmongPeers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 240_000 // bits per second; a camera of 180 lines could use 200,000 for each of two
		v := newVillage(t, "Ben", "Chen")
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", "Ana",
			v.host(2), func(o *conference.Options) { o.MaxUplink = limit }))
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
		sent := func() (bytes uint64) {
			for _, p := range v.people[2].channel.Stats().Outbound.Peers {
				bytes += p.BytesSent
			}
			return bytes
		}
		time.Sleep(5 * time.Second)
		before := sent()
		time.Sleep(10 * time.Second)
		if rate := (sent() - before) * 8 / 10; rate > limit || rate < limit/4 {
			t.Errorf("%d bits per second of pictures leave, with a limit of %d for all", rate, limit)
		}
		for _, p := range v.people[2].channel.Stats().Peers {
			if p.AvailableOutgoingBitrate < limit/3 || p.AvailableOutgoingBitrate > limit*2/3 {
				t.Errorf("%s gets %v of %d", p.Name, p.AvailableOutgoingBitrate, limit)
			}
		}
		eventually(t, 5*time.Second, func() (string, bool) { return seesAll(v.people, 100) })
	})
}

func TestWhoHasPinnedUsIsServedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 380_000 // bits per second; a camera of 180 lines could use 280,000 for each of two
		v := newVillage(t, "Ben", "Chen")
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", "Ana",
			v.host(2), func(o *conference.Options) { o.MaxUplink = limit }))
		for _, p := range v.people[:2] {
			p.local.SetMuted(conference.Microphone, true) // who speaks matters too
		}
		eventually(t, 20*time.Second, func() (string, bool) {
			for _, p := range v.people[:2] {
				for _, s := range p.channel.Stats().Peers {
					if s.Name == "Ana" && s.Video.FramesDecoded < 10 {
						return "nobody sees Ana", false
					}
				}
			}
			return "", true
		})
		limits := func() (ben, chen float64) {
			for _, p := range v.people[2].channel.Stats().Peers {
				if p.Name == "Ben" {
					ben = p.AvailableOutgoingBitrate
				} else {
					chen = p.AvailableOutgoingBitrate
				}
			}
			return ben, chen
		}
		pin := func(i int, on bool) {
			for _, p := range v.people[i].channel.Snapshot().Participants {
				if p.Name == "Ana" {
					p.Media.SetPinned(conference.Camera, on)
				}
			}
		}
		for _, c := range []struct {
			ben, chen         bool
			wantBen, wantChen float64
		}{
			{false, false, limit / 2, limit / 2},
			{true, false, 230_000, 150_000},
			{false, true, 150_000, 230_000},
			{true, true, limit / 2, limit / 2},
		} {
			pin(0, c.ben)
			pin(1, c.chen)
			time.Sleep(2 * time.Second)
			if ben, chen := limits(); ben != c.wantBen || chen != c.wantChen {
				t.Errorf("pinned by Ben: %v, by Chen: %v: they get %v and %v, want %v and %v",
					c.ben, c.chen, ben, chen, c.wantBen, c.wantChen)
			}
		}
	})
}
