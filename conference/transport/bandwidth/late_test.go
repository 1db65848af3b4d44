package bandwidth_test

import (
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

// stall has do called for a while each few seconds, as on a machine that has no time for us.
func (f *flow) stall(from, to, pause, length time.Duration, set func(on bool)) {
	for at := from; at < to; at += pause {
		f.at(at, func() { set(true) })
		f.at(at+length, func() { set(false) })
	}
}

func TestWhoIsLateDoesNotTakeItForAnOutage(t *testing.T) {
	for name, set := range map[string]func(f *flow) func(bool){
		"ourselves":      func(f *flow) func(bool) { return f.sleep },
		"the other side": func(f *flow) func(bool) { return func(on bool) { f.mute = on } },
	} {
		t.Run(name, func(t *testing.T) {
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+950, conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
				f.stall(warm, warm+28*time.Second, 3*time.Second, 450*ms, set(f))
				f.start(0)
				w.run(warm)
				before := f.d.Budget
				f.budgets = nil
				w.run(warm + 30*time.Second)
				least := before
				for _, b := range f.budgets {
					least = min(least, b)
				}
				all.add("kept", float64(least)/float64(before))
				all.add("kbit/s", f.received.rate(warm, warm+30*time.Second)/kbit)
				all.add("restarts", float64(len(f.restarts)))
			}
			t.Log(all)
			if kept := all.least("kept"); kept < 0.95 {
				t.Errorf("%.2f of the budget is left at worst", kept)
			}
			if restarts := all.most("restarts"); name == "ourselves" && restarts > 0 {
				t.Errorf("%.0f times begun anew", restarts)
			}
		})
	}
}

func TestAnOutageWhileNobodyIsLateIsStillOne(t *testing.T) {
	w, f := path(1, conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
	f.change(warm, func(c *conditions) { c.down = true })
	f.start(0)
	w.run(warm + 450*ms)
	if !f.d.Muted {
		t.Error("no outage after 450 ms without a report")
	}
}
