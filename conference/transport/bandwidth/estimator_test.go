package bandwidth_test

import (
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

var epoch = time.Unix(1_000_000, 0)

func TestNothingKnownGivesTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		options bandwidth.Options
		want    int
	}{
		"defaults":        {bandwidth.Options{}, 300_000},
		"own start":       {bandwidth.Options{Start: 1_000_000}, 1_000_000},
		"start above max": {bandwidth.Options{Start: 1_000_000, Max: 500_000}, 500_000},
		"start below min": {bandwidth.Options{Start: 1, Min: 50_000}, 50_000},
		"max below min":   {bandwidth.Options{Max: 10_000}, 10_000},
		"negative":        {bandwidth.Options{Start: -1, Max: -1, Min: -1}, 300_000},
	} {
		t.Run(name, func(t *testing.T) {
			e := bandwidth.New(test.options)
			d := e.Tick(epoch, true)
			if d.Budget != test.want || d.Pace < d.Budget || d.Muted || d.Draining || d.Restart != 0 || d.Probe != nil {
				t.Errorf("Tick = %+v, want a budget of %d", d, test.want)
			}
			if trip := e.RoundTripTime(); trip != 0 {
				t.Errorf("RoundTripTime = %v before anything is known", trip)
			}
		})
	}
}
