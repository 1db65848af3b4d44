package bandwidth_test

import (
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

func TestWhatIsNotSentProvesNothing(t *testing.T) {
	for name, most := range map[string]float64{"sound alone": 0, "300 kbit/s of pictures": 300e3} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(runs) {
				w, f := path(seed+500, conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{Max: 20_000_000})
				f.most, f.off = most, most == 0
				f.start(0)
				proven := max(300e3, 1.5*(most+soundRate)+100e3)
				w.run(40 * time.Second)
				mean := 0.0
				for _, b := range f.budgets {
					mean += float64(b) / float64(len(f.budgets))
					if float64(b) > 1.8*proven {
						t.Fatalf("seed %d: %d kbit/s believed, want at most some %.0f", seed, b/1000, proven/kbit)
					}
				}
				if mean > 1.3*proven {
					t.Errorf("seed %d: %.0f kbit/s believed in the mean, want at most some %.0f", seed, mean/kbit, proven/kbit)
				}
			}
		})
	}
}

func TestAnUnusedBudgetIsKeptForAWhileThenFades(t *testing.T) {
	w, f := path(1, conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
	f.start(0)
	w.run(20 * time.Second)
	before := f.d.Budget
	f.off = true
	w.run(24 * time.Second)
	if f.d.Budget < before {
		t.Errorf("budget %d after 4 s without pictures, %d before", f.d.Budget, before)
	}
	w.run(60 * time.Second)
	if f.d.Budget > 350_000 {
		t.Errorf("budget %d after 40 s without pictures", f.d.Budget)
	}
	f.off = false
	w.run(62 * time.Second)
	if f.d.Budget < 2_400_000 {
		t.Errorf("budget %d 2 s after the pictures", f.d.Budget)
	}
}

func TestAPathInsideTheHouseBeginsHigh(t *testing.T) {
	for seed := range uint64(runs) {
		w, f := path(seed, conditions{rate: 100e6, queue: 100 * ms, delay: 200 * time.Microsecond}, bandwidth.Options{})
		f.start(0)
		w.run(5 * time.Second)
		if full := f.received.reaches(2.3e6, 0, 5*time.Second); full > 1700*ms {
			t.Errorf("seed %d: a second at the full rate after %v", seed, full)
		}
	}
	for name, c := range map[string]conditions{
		"access line": {rate: 20e6, queue: 100 * ms, delay: 8 * ms},
		"narrow":      {rate: 400e3, queue: 300 * ms, delay: 200 * time.Microsecond},
	} {
		w, f := path(7, c, bandwidth.Options{})
		f.start(0)
		w.run(600 * ms)
		if f.d.Budget > 1_500_000 {
			t.Errorf("%s: budget %d after 0.6 s", name, f.d.Budget)
		}
		w.run(10 * time.Second)
		if c.rate < 1e6 && float64(f.d.Budget) > 1.05*c.rate {
			t.Errorf("%s: budget %d after 10 s", name, f.d.Budget)
		}
	}
}

// clocks of receivers that do not run as ours does.
func TestTheReceiversClockDoesNotMatter(t *testing.T) {
	jump := func(by time.Duration) func(time.Duration) time.Duration {
		return func(now time.Duration) time.Duration {
			if now > 25*time.Second {
				now += by
			}
			return now
		}
	}
	skew := func(parts float64) func(time.Duration) time.Duration {
		return func(now time.Duration) time.Duration { return now + time.Duration(float64(now)*parts) }
	}
	for name, test := range map[string]struct {
		clock func(time.Duration) time.Duration
		least float64 // kbit/s in the 20 s after the jump
	}{
		"200 ppm fast":         {skew(200e-6), 880},
		"200 ppm slow":         {skew(-200e-6), 880},
		"jumps ahead an hour":  {jump(time.Hour), 800},
		"jumps ahead 5 s":      {jump(5 * time.Second), 800},
		"jumps ahead 400 ms":   {jump(400 * ms), 800},
		"jumps ahead 80 ms":    {jump(80 * ms), 760},
		"jumps ahead 45 ms":    {jump(45 * ms), 780},
		"jumps back 60 ms":     {jump(-60 * ms), 860},
		"jumps back 5 s":       {jump(-5 * time.Second), 860},
		"jumps back two hours": {jump(-2 * time.Hour), 860},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+600, conditions{rate: 1e6, queue: 300 * ms, delay: 15 * ms}, bandwidth.Options{})
				f.clock = test.clock
				f.start(0)
				w.run(45 * time.Second)
				all.add("kbit/s", f.received.rate(25*time.Second, 45*time.Second)/kbit)
				all.add("queue p90 ms", float64(f.out.queued(25*time.Second, 0.9))/1e6)
				all.add("restarts", float64(len(f.restarts)))
			}
			t.Log(all)
			if m := all.least("kbit/s"); m < test.least {
				t.Errorf("%.0f kbit/s at worst, want %.0f", m, test.least)
			}
			if q := all.most("queue p90 ms"); q > 100 {
				t.Errorf("queue %.0f ms", q)
			}
		})
	}
}

func TestReportsThatComeTwiceOrNotAtAllDoNoHarm(t *testing.T) {
	c := conditions{rate: 1e6, queue: 300 * ms, delay: 15 * ms}
	for name, test := range map[string]struct {
		change func(f *flow)
		least  float64
	}{
		"twice, late":      {func(f *flow) { f.twice = true }, 880},
		"10 % lost":        {func(f *flow) { f.back.loss = 0.1 }, 810},
		"30 % lost":        {func(f *flow) { f.back.loss, f.back.burst = 0.3, 3 }, 760},
		"back way jitters": {func(f *flow) { f.back.jitter = 80 * ms }, 850},
		"Sent not told":    {func(f *flow) { f.deaf = true }, 880},
		"no early reports": {func(f *flow) { f.noEarly = true }, 880},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+700, c, bandwidth.Options{})
				test.change(f)
				f.start(0)
				w.run(warm + 20*time.Second)
				all.add("kbit/s", f.received.rate(warm, warm+20*time.Second)/kbit)
				all.add("queue p90 ms", float64(f.out.queued(warm, 0.9))/1e6)
				all.add("restarts", float64(len(f.restarts)))
			}
			t.Log(all)
			if m := all.least("kbit/s"); m < test.least {
				t.Errorf("%.0f kbit/s at worst, want %.0f", m, test.least)
			}
			if q := all.median("queue p90 ms"); q > 90 {
				t.Errorf("queue %.0f ms", q)
			}
		})
	}
}

func TestSilenceWhileNothingLeavesIsNoOutage(t *testing.T) {
	w, f := path(1, conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
	f.start(0)
	w.run(10 * time.Second)
	f.quiet, f.off = true, true
	before := len(f.restarts)
	w.run(13 * time.Second)
	if f.d.Muted {
		t.Error("muted although nothing left")
	}
	f.quiet, f.off = false, false
	w.run(16 * time.Second)
	if f.d.Muted || len(f.restarts) != before {
		t.Errorf("muted %v, %d restarts", f.d.Muted, len(f.restarts)-before)
	}
}

func TestARadioLinkThatHoldsPacketsIsNotSlow(t *testing.T) {
	all := figures{}
	for seed := range uint64(runs) {
		w, f := path(seed+800, conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
		for at := warm + time.Second; at < warm+29*time.Second; at += 3 * time.Second {
			f.change(at, func(c *conditions) { c.delay += 150 * ms })
			f.change(at+10*ms, func(c *conditions) { c.delay -= 150 * ms })
		}
		f.start(0)
		w.run(warm + 30*time.Second)
		all.add("kbit/s", f.received.rate(warm, warm+30*time.Second)/kbit)
		all.add("gap ms", float64(f.longestGap(warm, warm+30*time.Second))/1e6)
		all.add("restarts", float64(len(f.restarts)))
	}
	t.Log(all)
	if m := all.median("kbit/s"); m < 2400 {
		t.Errorf("%.0f kbit/s, want the full rate", m)
	}
}

func TestALinkThatLetsBurstsPassIsNotOverrated(t *testing.T) {
	all := figures{}
	for seed := range uint64(runs) {
		w, f := path(seed+900, conditions{rate: 1e6, queue: 300 * ms, delay: 20 * ms, bucket: 30_000}, bandwidth.Options{})
		f.start(0)
		w.run(warm + 30*time.Second)
		all.add("kbit/s", f.received.rate(warm, warm+30*time.Second)/kbit)
		all.add("queue p90 ms", float64(f.out.queued(warm, 0.9))/1e6)
		all.add("gap ms", float64(f.longestGap(warm, warm+30*time.Second))/1e6)
		all.add("restarts", float64(len(f.restarts)))
	}
	t.Log(all)
	if m := all.median("kbit/s"); m < 800 {
		t.Errorf("%.0f kbit/s", m)
	}
	if g := all.most("gap ms"); g > 500 {
		t.Errorf("gap of %.0f ms", g)
	}
}
