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
