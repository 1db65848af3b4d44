package conference_test

import (
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/conferencetest"
)

func TestTheNextCallOverAPathBeginsWithAShareOfWhatItCarried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := conferencetest.Conditions{BitsPerSecond: 5_000_000, Queue: 300 * time.Millisecond, Delay: 20 * time.Millisecond}
		d := newDuet(t, path, 640, 360)
		up := func() (string, bool) { return "no path", d.carried() > 0 }
		eventually(t, 10*time.Second, up)
		if rate := d.carried(); rate != 300_000 {
			t.Errorf("the first call begins with %v", rate)
		}
		time.Sleep(10 * time.Second)
		before := d.carried()
		if err := d.ana.Channel.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		var err error
		if d.ana.Channel, err = d.ana.Join(t.Context(), "room"); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, up)
		if rate := d.carried(); before < 600_000 || rate < 0.6*before || rate > 0.9*before {
			t.Errorf("the second call begins with %v after %v, want 7 tenths", rate, before)
		}
	})
}
