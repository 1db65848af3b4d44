package bandwidth_test

import (
	"strconv"
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

func TestAPathBeginsWithAShareOfWhatItCarriedLast(t *testing.T) {
	home := bandwidth.Way{Local: "192.0.2.1", Remote: "198.51.100.7"}
	elsewhere := bandwidth.Way{Local: "192.0.2.1", Remote: "203.0.113.9"}
	for name, test := range map[string]struct {
		carried int
		ask     bandwidth.Way
		later   time.Duration
		others  int
		want    int
	}{
		"the same path":              {2_000_000, home, time.Minute, 0, 1_400_000},
		"beside others":              {2_000_000, home, time.Minute, 3, 1_400_000},
		"10 minutes later":           {2_000_000, home, 10 * time.Minute, 0, 1_400_000},
		"too long ago":               {2_000_000, home, 11 * time.Minute, 0, 0},
		"hardly used":                {310_000, home, time.Minute, 0, 300_000},
		"narrow":                     {200_000, home, time.Minute, 0, 170_000},
		"next to nothing":            {20_000, home, time.Minute, 0, 80_000},
		"the same uplink":            {1_500_000, elsewhere, time.Minute, 0, 750_000},
		"the same uplink, and wide":  {20_000_000, elsewhere, time.Minute, 0, 1_000_000},
		"the same uplink, shared":    {1_500_000, elsewhere, time.Minute, 1, 375_000},
		"the same uplink, by many":   {1_500_000, elsewhere, time.Minute, 7, 300_000},
		"the same uplink, too old":   {1_500_000, elsewhere, time.Hour, 0, 0},
		"by relay instead":           {2_000_000, bandwidth.Way{Local: home.Local, Remote: home.Remote, Relayed: true}, 0, 0, 1_000_000},
		"another network":            {2_000_000, bandwidth.Way{Local: "10.0.0.1", Remote: home.Remote}, 0, 0, 0},
		"a path that is not known":   {2_000_000, bandwidth.Way{}, 0, 0, 0},
		"nothing was carried at all": {0, home, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var m bandwidth.Memory
			m.Learn(epoch, home, test.carried)
			if got := m.Start(epoch.Add(test.later), test.ask, test.others); got != test.want {
				t.Errorf("Start = %d, want %d", got, test.want)
			}
		})
	}
}

func TestTheMemoryOfPathsIsBounded(t *testing.T) {
	var m bandwidth.Memory
	way := func(i int) bandwidth.Way { return bandwidth.Way{Local: strconv.Itoa(i), Remote: "far"} }
	for i := range 1000 {
		m.Learn(epoch.Add(time.Duration(i)*time.Millisecond), way(i), 1_000_000)
	}
	known := 0
	for i := range 1000 {
		if m.Start(epoch.Add(time.Second), way(i), 0) > 0 {
			known++
		}
	}
	if known != 32 || m.Start(epoch.Add(time.Second), way(999), 0) != 700_000 {
		t.Errorf("%d of 1,000 paths are known, the last with %d, want 32 and 700,000", known, m.Start(epoch.Add(time.Second), way(999), 0))
	}
}

func TestARememberedStartIsNotKeptUnused(t *testing.T) {
	w, f := path(1, conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{Start: 2_000_000})
	f.start(0)
	w.run(2 * time.Second)
	if f.d.Budget < 2_000_000 {
		t.Errorf("budget %d after 2 s", f.d.Budget)
	}
	f.off = true
	w.run(60 * time.Second)
	if f.d.Budget > 350_000 {
		t.Errorf("budget %d after a minute without pictures", f.d.Budget)
	}
}

func TestARememberedStartThatIsTooHighIsFoundOutAtOnce(t *testing.T) {
	all := figures{}
	for seed := range uint64(runs) {
		w, f := path(seed+970, conditions{rate: 500e3, queue: 300 * ms, delay: 30 * ms}, bandwidth.Options{Start: 2_000_000})
		f.start(0)
		w.run(10 * time.Second)
		all.add("inside s", f.inside(500e3, 0, 10*time.Second).Seconds())
		all.add("gap ms", float64(f.longestGap(500*ms, 10*time.Second))/1e6)
	}
	t.Log(all)
	if worst := all.most("inside s"); worst > 1.5 {
		t.Errorf("inside the link after %.1f s", worst)
	}
	if worst := all.most("gap ms"); worst > 700 {
		t.Errorf("gap of %.0f ms", worst)
	}
}
