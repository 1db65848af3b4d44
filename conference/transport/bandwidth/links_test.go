package bandwidth_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

const (
	kbit = 1000.0
	ms   = time.Millisecond
	warm = 12 * time.Second // before anything is measured
)

// most is what a call gives a peer: the largest tier, sound and repairs.
const most = 2_900_000

// path is a flow over a link of its own.
func path(seed uint64, c conditions, o bandwidth.Options) (*world, *flow) {
	w := newWorld(seed)
	backward := c
	backward.rate = 0
	if o.Max == 0 {
		o.Max = most
	}
	f := newFlow(w, &link{world: w, conditions: c}, &link{world: w, conditions: backward}, o)
	w.every(3*ms, 3*ms, func() { f.back.lost() }) // the other direction's media moves its bursts on
	return w, f
}

// change sets the conditions of both directions at an instant.
func (f *flow) change(at time.Duration, set func(c *conditions)) {
	f.at(at, func() {
		set(&f.out.conditions)
		rate := f.back.rate
		set(&f.back.conditions)
		f.back.rate = rate
	})
}

// figures are those of several runs.
type figures map[string][]float64

func (f figures) add(name string, v float64) { f[name] = append(f[name], v) }

func (f figures) median(name string) float64 { return f.quantile(name, 0.5) }

func (f figures) quantile(name string, part float64) float64 {
	v := slices.Sorted(slices.Values(f[name]))
	return v[int(part*float64(len(v)-1))]
}

func (f figures) least(name string) float64 { return slices.Min(f[name]) }
func (f figures) most(name string) float64  { return slices.Max(f[name]) }

func (f figures) String() string {
	var s strings.Builder
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range f {
			if !yield(name) {
				return
			}
		}
	}) {
		s.WriteString(fmt.Sprintf("%s %.4g (%.4g to %.4g)  ", name, f.median(name), f.least(name), f.most(name)))
	}
	return s.String()
}

// longestGap is the longest time without a new whole picture.
func (f *flow) longestGap(from, to time.Duration) time.Duration {
	longest, last := time.Duration(0), from
	for _, at := range f.firstPictures {
		if at < from || at > to {
			continue
		}
		longest = max(longest, at-last)
		last = at
	}
	return max(longest, to-last)
}

func TestSteadyLinksAreFilledWithoutAQueue(t *testing.T) {
	for name, test := range map[string]struct {
		conditions
		median, worst float64 // kbit/s of RTP received
		queue, full   float64 // ms, 90 % and 99 %
	}{
		"1 Mbit/s clean":        {conditions{rate: 1e6, queue: 300 * ms, delay: 15 * ms}, 900, 880, 30, 40},
		"1 Mbit/s 60 ms 2 %":    {conditions{rate: 1e6, queue: 300 * ms, delay: 60 * ms, loss: 0.02}, 880, 860, 35, 50},
		"10 Mbit/s 5 %":         {conditions{rate: 10e6, queue: 300 * ms, delay: 20 * ms, loss: 0.05}, 2500, 2400, 5, 10},
		"jitter and 5 %":        {conditions{delay: 20 * ms, jitter: 30 * ms, loss: 0.05}, 2500, 2400, 1, 1},
		"bursts 10 %":           {conditions{delay: 20 * ms, loss: 0.1, burst: 5}, 2400, 2200, 1, 1},
		"1 Mbit/s and jitter":   {conditions{rate: 1e6, queue: 300 * ms, delay: 20 * ms, jitter: 30 * ms}, 820, 780, 80, 150},
		"1 Mbit/s, queue 40 ms": {conditions{rate: 1e6, queue: 40 * ms, delay: 20 * ms}, 850, 800, 35, 40},
		"500 kbit/s":            {conditions{rate: 500e3, queue: 300 * ms, delay: 30 * ms}, 420, 400, 40, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+100, test.conditions, bandwidth.Options{})
				f.start(0)
				w.run(warm + 30*time.Second)
				all.add("kbit/s", f.received.rate(warm, warm+30*time.Second)/kbit)
				all.add("queue p90 ms", float64(f.out.queued(warm, 0.9))/1e6)
				all.add("queue p99 ms", float64(f.out.queued(warm, 0.99))/1e6)
				all.add("queue p50 ms", float64(f.out.queued(warm, 0.5))/1e6)
				all.add("gap ms", float64(f.longestGap(warm, warm+30*time.Second))/1e6)
				all.add("dropped", float64(len(f.out.drops)))
			}
			t.Log(all)
			if m, l := all.median("kbit/s"), all.least("kbit/s"); m < test.median || l < test.worst {
				t.Errorf("%.0f kbit/s (worst %.0f) received, want %.0f (%.0f)", m, l, test.median, test.worst)
			}
			if q, p := all.median("queue p90 ms"), all.median("queue p99 ms"); q > test.queue || p > test.full {
				t.Errorf("queue of %.0f ms, in 1 %% %.0f, want at most %.0f and %.0f", q, p, test.queue, test.full)
			}
		})
	}
}

// What probes show of the path before there was a queue keeps the first one small.
func TestTheFirstQueueIsSmall(t *testing.T) {
	for name, c := range map[string]conditions{
		"clean":     {rate: 1e6, queue: 300 * ms, delay: 15 * ms},
		"with loss": {rate: 1e6, queue: 300 * ms, delay: 60 * ms, loss: 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+100, c, bandwidth.Options{})
				f.start(0)
				w.run(warm)
				all.add("kbit/s", f.received.rate(2*time.Second, warm)/kbit)
				all.add("queue p99 ms", float64(f.out.queued(0, 0.99))/1e6)
			}
			t.Log(all)
			if k, q := all.median("kbit/s"), all.median("queue p99 ms"); k < 850 || q > 70 {
				t.Errorf("%.0f kbit/s from 2 s on, 99 %% queue %.0f ms, want 850 and 70", k, q)
			}
		})
	}
}

func TestAStepIsFollowedDownAndUp(t *testing.T) {
	all := figures{}
	for seed := range uint64(2 * runs) {
		w, f := path(seed+200, conditions{rate: 3e6, queue: 300 * ms, delay: 30 * ms}, bandwidth.Options{})
		down, up, end := warm+20*time.Second, warm+40*time.Second, warm+60*time.Second
		f.change(down, func(c *conditions) { c.rate = 500e3 })
		f.change(up, func(c *conditions) { c.rate = 3e6 })
		f.start(0)
		w.run(end)
		all.add("before", f.received.rate(warm, down)/kbit)
		all.add("inside s", f.inside(500e3, down, up).Seconds())
		all.add("low", f.received.rate(down+3*time.Second, up)/kbit)
		all.add("back s", f.received.reaches(2.5e6, up, end).Seconds())
		all.add("gap ms", float64(f.longestGap(down, up))/1e6)
	}
	t.Log(all)
	for name, limit := range map[string]float64{"inside s": 1, "back s": 8} {
		if worst := all.most(name); worst > limit {
			t.Errorf("%s %.1f at worst, want at most %.1f", name, worst, limit)
		}
	}
	if low := all.median("low"); low < 400 {
		t.Errorf("%.0f kbit/s on 500", low)
	}
	if m, w := all.median("gap ms"), all.most("gap ms"); m > 350 || w > 700 {
		t.Errorf("gap %.0f ms (worst %.0f), want 350 (700)", m, w)
	}
}

// inside is how long after from no more is sent than the link carries, and nothing dropped, for 2 s.
func (f *flow) inside(rate float64, from, to time.Duration) time.Duration {
	for at := from; at < to; at += meterStep {
		dropped := slices.ContainsFunc(f.out.drops, func(d time.Duration) bool { return d > at && d < at+2*time.Second })
		if !dropped && f.sent.rate(at, at+2*time.Second) <= 1.02*rate {
			return at - from
		}
	}
	return time.Hour
}

func TestAfterAnOutageThePictureIsBackAtOnce(t *testing.T) {
	all := figures{}
	for seed := range uint64(2 * runs) {
		w, f := path(seed+300, conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
		gone, back, end := warm+15*time.Second, warm+18*time.Second, warm+38*time.Second
		f.change(gone, func(c *conditions) { c.down = true })
		f.change(back, func(c *conditions) { c.down = false })
		f.start(0)
		w.run(gone + time.Second)
		if !f.d.Muted {
			t.Fatal("a second without feedback is no outage")
		}
		w.run(end)
		first := slices.IndexFunc(f.firstPictures, func(at time.Duration) bool { return at > back })
		all.add("picture ms", float64(f.firstPictures[first]-back)/1e6)
		all.add("full s", f.received.reaches(2.4e6, back, end).Seconds())
	}
	t.Log(all)
	if worst := all.most("picture ms"); worst > 250 {
		t.Errorf("first picture after %.0f ms, want 250", worst)
	}
	if m, worst := all.median("full s"), all.most("full s"); m > 3 || worst > 4 {
		t.Errorf("full rate after %.1f s (worst %.1f), want 3 (4)", m, worst)
	}
}

func TestAfterAnOutageThePathMayBeLonger(t *testing.T) {
	for name, test := range map[string]struct{ silence, more time.Duration }{
		"another way":       {2 * time.Second, 60 * ms},
		"a much longer one": {2 * time.Second, 150 * ms},
		"a quick change":    {600 * ms, 60 * ms},
		"a shorter way":     {2 * time.Second, -15 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+350, conditions{rate: 5e6, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
				gone := warm + 5*time.Second
				back := gone + test.silence
				f.change(gone, func(c *conditions) { c.down = true })
				f.change(back, func(c *conditions) { c.down, c.delay = false, c.delay+test.more })
				f.start(0)
				w.run(back + 20*time.Second)
				all.add("full s", f.received.reaches(2.4e6, back, back+20*time.Second).Seconds())
				all.add("kbit/s", f.received.rate(back+3*time.Second, back+20*time.Second)/kbit)
			}
			t.Log(all)
			if k := all.least("kbit/s"); k < 2300 {
				t.Errorf("%.0f kbit/s from 3 s on", k)
			}
		})
	}
}

func TestAPathThatBecomesLongerIsNotTakenForAQueue(t *testing.T) {
	for name, test := range map[string]struct {
		rate, wanted float64 // kbit/s
		more         time.Duration
	}{
		"a little":         {5000, 2300, 45 * ms},
		"much":             {5000, 2200, 150 * ms},
		"to a satellite":   {5000, 2000, 300 * ms},
		"a narrow one too": {1000, 780, 80 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := figures{}
			for seed := range uint64(runs) {
				w, f := path(seed+380, conditions{rate: test.rate * kbit, queue: 300 * ms, delay: 20 * ms}, bandwidth.Options{})
				at := warm + 5*time.Second
				f.change(at, func(c *conditions) { c.delay += test.more })
				f.start(0)
				w.run(at + 20*time.Second)
				all.add("kbit/s", f.received.rate(at+3*time.Second, at+10*time.Second)/kbit)
				all.add("later", f.received.rate(at+10*time.Second, at+20*time.Second)/kbit)
				all.add("queue p90 ms", float64(f.out.queued(at+3*time.Second, 0.9))/1e6)
			}
			t.Log(all)
			if k := all.median("kbit/s"); k < test.wanted {
				t.Errorf("%.0f kbit/s from 3 s on, want %.0f", k, test.wanted)
			}
		})
	}
}

// A radio link that fades loses its rate in small steps, in each of which a queue stays as it is.
func TestAPathThatFadesIsFollowed(t *testing.T) {
	all := figures{}
	for seed := range uint64(2 * runs) {
		w, f := path(seed+390, conditions{rate: 3e6, queue: 500 * ms, delay: 20 * ms}, bandwidth.Options{})
		for i := range 100 {
			f.change(warm+time.Duration(i)*100*ms, func(c *conditions) { c.rate -= 25e3 })
		}
		f.start(0)
		w.run(warm + 20*time.Second)
		all.add("queue p50 ms", float64(f.out.queued(warm+2*time.Second, 0.5))/1e6)
		all.add("queue p90 ms", float64(f.out.queued(warm+2*time.Second, 0.9))/1e6)
		all.add("kbit/s", f.received.rate(warm+12*time.Second, warm+20*time.Second)/kbit)
	}
	t.Log(all)
	if q := all.median("queue p90 ms"); q > 120 {
		t.Errorf("queue of %.0f ms", q)
	}
	if k := all.least("kbit/s"); k < 350 {
		t.Errorf("%.0f kbit/s on 500", k)
	}
}
