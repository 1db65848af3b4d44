package conference_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/conferencetest"
)

func TestTheNextCallOverAPathBeginsWithAShareOfWhatItCarried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cable := func(seed uint64) *conferencetest.Cable {
			path := conferencetest.Conditions{BitsPerSecond: 5_000_000, Queue: 300 * time.Millisecond, Delay: 20 * time.Millisecond}
			return conferencetest.NewCable(conferencetest.NewLink(path, seed))
		}
		there, back := cable(1), cable(2)
		room, err := conferencetest.NewRoom(conferencetest.RoomOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := errors.Join(room.Close(), there.Close(), back.Close()); err != nil {
				t.Error(err)
			}
		}()
		clip := conferencetest.NewClip(640, 360, "Ana")
		ana, err := room.Enter(t.Context(), conferencetest.PersonOptions{Name: "Ana", Cable: there, Clip: clip})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := room.Enter(t.Context(), conferencetest.PersonOptions{Name: "Ben", Cable: back}); err != nil {
			t.Fatal(err)
		}
		known := func() (rate float64) {
			for _, p := range ana.Channel.Stats().Peers {
				rate = p.AvailableOutgoingBitrate
			}
			return rate
		}
		up := func() (string, bool) { return "no path", known() > 0 }
		eventually(t, 10*time.Second, up)
		if rate := known(); rate != 300_000 {
			t.Errorf("the first call begins with %v", rate)
		}
		time.Sleep(10 * time.Second)
		before := known()
		if err := ana.Channel.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ana.Channel, err = ana.Join(t.Context(), "room"); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, up)
		if rate := known(); before < 600_000 || rate < 0.6*before || rate > 0.9*before {
			t.Errorf("the second call begins with %v after %v, want 7 tenths", rate, before)
		}
	})
}
