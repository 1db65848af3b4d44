package bandwidth_test

import (
	"fmt"
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

// sharing are flows over one link, that begin one after the other.
func sharing(seed uint64, c conditions, starts ...time.Duration) (*world, []*flow) {
	w := newWorld(seed)
	out := &link{world: w, conditions: c}
	var flows []*flow
	for _, at := range starts {
		backward := c
		backward.rate = 0
		f := newFlow(w, out, &link{world: w, conditions: backward}, bandwidth.Options{Max: most})
		f.start(at)
		flows = append(flows, f)
	}
	return w, flows
}

func TestFlowsOnOneLinkShareIt(t *testing.T) {
	for name, test := range map[string]struct {
		conditions
		starts []time.Duration
		ratio  float64 // of the largest to the smallest, in the median run; in nine of ten at most half more
	}{
		"two, together":          {conditions{rate: 2e6, queue: 300 * ms, delay: 20 * ms}, []time.Duration{0, 100 * ms}, 1.6},
		"two, one late":          {conditions{rate: 2e6, queue: 300 * ms, delay: 20 * ms}, []time.Duration{0, 15 * time.Second}, 1.6},
		"two on 1 Mbit/s":        {conditions{rate: 1e6, queue: 300 * ms, delay: 20 * ms}, []time.Duration{0, 10 * time.Second}, 1.6},
		"two, 60 ms and loss":    {conditions{rate: 2e6, queue: 300 * ms, delay: 60 * ms, loss: 0.02}, []time.Duration{0, 10 * time.Second}, 1.6},
		"two, short queue":       {conditions{rate: 2e6, queue: 40 * ms, delay: 20 * ms}, []time.Duration{0, 10 * time.Second}, 1.6},
		"five behind one uplink": {conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, []time.Duration{0, 0, 0, time.Second, 5 * time.Second}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, flows := sharing(seed+400, test.conditions, test.starts...)
				from := test.starts[len(test.starts)-1] + 30*time.Second
				to := from + 30*time.Second
				w.run(to)
				least, most, sum := 1e9, 0.0, 0.0
				for i, f := range flows {
					r := f.received.rate(from, to) / kbit
					least, most, sum = min(least, r), max(most, r), sum+r
					all.add(fmt.Sprintf("%d kbit/s", i), r)
				}
				all.add("ratio", most/least)
				all.add("sum", sum)
				all.add("part", sum*kbit/test.rate)
				all.add("queue p90 ms", float64(flows[0].out.queued(from, 0.9))/1e6)
			}
			t.Log(all)
			if r, w := all.median("ratio"), all.quantile("ratio", 0.9); r > test.ratio || w > 1.5*test.ratio {
				t.Errorf("the largest has %.1f times the smallest (nine of ten runs %.1f), want %.1f (%.1f)", r, w, test.ratio, 1.5*test.ratio)
			}
			if s := all.median("part"); s < 0.75 {
				t.Errorf("only %.2f of the link is used", s)
			}
		})
	}
}
