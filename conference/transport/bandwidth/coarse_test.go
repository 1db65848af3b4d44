package bandwidth_test

import (
	"math"
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

func TestPeersWithoutTimesOfArrivalGetWhatTheirPathCarries(t *testing.T) {
	for name, test := range map[string]struct {
		conditions
		claims bool
		within time.Duration // from when on it is measured
		least  float64       // kbit/s received, in the worst run
		queue  float64       // ms, 90 %, in the median run
	}{
		"10 Mbit/s":                {conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms}, false, 15 * time.Second, 2300, 10},
		"10 Mbit/s, 3 % loss":      {conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms, loss: 0.03}, false, 25 * time.Second, 1800, 10},
		"1 Mbit/s":                 {conditions{rate: 1e6, queue: 300 * ms, delay: 20 * ms}, false, 15 * time.Second, 650, 230},
		"1 Mbit/s, a short queue":  {conditions{rate: 1e6, queue: 50 * ms, delay: 20 * ms}, false, 15 * time.Second, 550, 60},
		"1 Mbit/s, told its limit": {conditions{rate: 1e6, queue: 300 * ms, delay: 20 * ms}, true, 15 * time.Second, 600, 230},
		"200 kbit/s":               {conditions{rate: 200e3, queue: 300 * ms, delay: 20 * ms}, false, 15 * time.Second, 110, 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+1100, test.conditions, bandwidth.Options{})
				f.plain, f.claims = true, test.claims
				f.start(0)
				end := test.within + 30*time.Second
				w.run(end)
				all.add("kbit/s", f.received.rate(test.within, end)/kbit)
				all.add("queue p90 ms", float64(f.out.queued(test.within, 0.9))/1e6)
				all.add("dropped", float64(len(f.out.drops)))
			}
			t.Log(all)
			if m := all.least("kbit/s"); m < test.least {
				t.Errorf("%.0f kbit/s at worst, want %.0f", m, test.least)
			}
			if q := all.median("queue p90 ms"); q > test.queue {
				t.Errorf("queue of %.0f ms, want at most %.0f", q, test.queue)
			}
		})
	}
}

func TestAPathThatBecomesSlowIsFollowedWithoutTimesOfArrival(t *testing.T) {
	all := figures{}
	for seed := range uint64(runs) {
		w, f := path(seed+1200, conditions{rate: 3e6, queue: 300 * ms, delay: 30 * ms}, bandwidth.Options{})
		down := 30 * time.Second
		f.plain = true
		f.change(down, func(c *conditions) { c.rate = 500e3 })
		f.start(0)
		w.run(down + 20*time.Second)
		all.add("inside s", f.inside(500e3, down, down+15*time.Second).Seconds())
	}
	t.Log(all)
	if worst := all.most("inside s"); worst > 12 {
		t.Errorf("inside the link after %.1f s", worst)
	}
}

func TestTheRateIsHalvedWhenReportsCease(t *testing.T) {
	w, f := path(1, conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
	f.plain = true
	f.start(0)
	w.run(12 * time.Second)
	before := f.d.Budget
	f.mute = true
	w.run(24 * time.Second)
	if f.d.Budget > before/3 {
		t.Errorf("budget %d after 12 s without a report, %d before", f.d.Budget, before)
	}
	f.quiet, f.off = true, true
	w.run(26 * time.Second)
	before = f.d.Budget
	w.run(60 * time.Second)
	if f.d.Budget != before {
		t.Errorf("budget %d after half a minute in which nothing left, %d before", f.d.Budget, before)
	}
}

func TestReportsMeanNothingBesideTimesOfArrival(t *testing.T) {
	w, f := path(1, conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
	f.start(0)
	w.run(10 * time.Second)
	before := f.d.Budget
	for range 20 {
		f.obey(f.estimator.Report(f.time(), bandwidth.Report{FractionLost: 0.9, RoundTripTime: time.Second}))
		f.obey(f.estimator.Limit(f.time(), 1000))
		f.obey(f.estimator.Tick(f.time(), true))
	}
	if f.d.Budget != before {
		t.Errorf("budget %d, %d before", f.d.Budget, before)
	}
}

func TestWhatReportsClaimIsBounded(t *testing.T) {
	e := bandwidth.New(bandwidth.Options{})
	now := epoch
	for i := range 10_000 {
		now = now.Add(100 * time.Millisecond)
		d := e.Tick(now, true)
		for _, r := range []bandwidth.Report{
			{},
			{FractionLost: math.NaN()},
			{FractionLost: -1},
			{FractionLost: 2},
			{FractionLost: math.Inf(1)},
			{RoundTripTime: -time.Hour},
			{RoundTripTime: math.MaxInt64},
			{FractionLost: 1, RoundTripTime: time.Nanosecond},
		} {
			if i%7 == 0 || r.FractionLost == 0 {
				d = e.Report(now, r)
			}
		}
		d = e.Limit(now, []int{0, -5, 1, math.MaxInt}[i%4])
		if d.Budget < 80_000 || d.Budget > 100_000_000 || d.Muted {
			t.Fatalf("after %d reports: %+v", i, d)
		}
	}
	e = bandwidth.New(bandwidth.Options{})
	for range 100 { // one report claims no more than its time
		e.Tick(epoch, true)
		if d := e.Report(epoch, bandwidth.Report{}); d.Budget != 300_000 {
			t.Fatalf("budget %d", d.Budget)
		}
	}
}
