package conferencetest_test

import (
	"math"
	"testing"
	"time"

	"confab/conference/conferencetest"
)

var t0 = time.Unix(1_000_000, 0)

// sendEvery sends n packets of 1,000 bytes on the wire at even intervals.
func sendEvery(l *conferencetest.Link, interval time.Duration, n int) []conferencetest.Passage {
	var all []conferencetest.Passage
	for i := range n {
		all = append(all, l.Send(t0.Add(time.Duration(i)*interval), 1000))
	}
	return all
}

func TestAPerfectLinkDeliversAtOnce(t *testing.T) {
	for _, p := range sendEvery(conferencetest.NewLink(conferencetest.Conditions{}, 1), ms, 100) {
		if p.Fate != conferencetest.Arrived || !p.Arrives.Equal(p.Sent) || p.Waited != 0 {
			t.Fatalf("passage %+v", p)
		}
	}
}

func TestALinkWithARateTakesTheTimeOfEachByteAndDropsAtItsTail(t *testing.T) {
	// 1,000 bytes at 1 Mbit/s take 8 ms; ten at once are 80 ms, of which 50 may wait.
	l := conferencetest.NewLink(conferencetest.Conditions{BitsPerSecond: 1_000_000, Queue: 50 * ms, Delay: 20 * ms}, 1)
	for i := range 10 {
		p := l.Send(t0, 1000)
		waits := time.Duration(i) * 8 * ms
		if waits > 50*ms {
			if p.Fate != conferencetest.Overflowed {
				t.Errorf("packet %d would wait %v: %+v", i, waits, p)
			}
			continue
		}
		if want := t0.Add(waits + 8*ms + 20*ms); p.Fate != conferencetest.Arrived || p.Waited != waits || !p.Arrives.Equal(want) {
			t.Errorf("packet %d: waited %v, arrives after %v, want %v and %v", i, p.Waited, p.Arrives.Sub(t0), waits, want.Sub(t0))
		}
	}
	if p := l.Send(t0.Add(time.Second), 1000); p.Waited != 0 {
		t.Errorf("a second later the queue still holds %v", p.Waited)
	}
}

func TestJitterKeepsTheOrder(t *testing.T) {
	l := conferencetest.NewLink(conferencetest.Conditions{Delay: 20 * ms, Jitter: 30 * ms}, 1)
	var last time.Time
	least, most := time.Hour, time.Duration(0)
	for _, p := range sendEvery(l, ms, 10_000) {
		if p.Arrives.Before(last) {
			t.Fatalf("%+v overtakes", p)
		}
		last = p.Arrives
		least, most = min(least, p.Arrives.Sub(p.Sent)), max(most, p.Arrives.Sub(p.Sent))
	}
	if least < 20*ms || most >= 50*ms || most < 48*ms {
		t.Errorf("delays of %v to %v, want 20 to 50 ms", least, most)
	}
}

func TestLossesAreAsManyAndAsLongAsAsked(t *testing.T) {
	for name, c := range map[string]struct {
		loss, burst, length float64
	}{
		"single": {0.05, 0, 1 / 0.95},
		"bursts": {0.10, 5, 5},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 200_000
			lost, bursts, losing := 0, 0, false
			for _, p := range sendEvery(conferencetest.NewLink(conferencetest.Conditions{Loss: c.loss, Burst: c.burst}, 7), ms, n) {
				if p.Fate == conferencetest.Lost {
					lost++
					if !losing {
						bursts++
					}
				}
				losing = p.Fate == conferencetest.Lost
			}
			if share := float64(lost) / n; math.Abs(share-c.loss) > 0.1*c.loss {
				t.Errorf("%.3f lost, want %.3f", share, c.loss)
			}
			if length := float64(lost) / float64(bursts); math.Abs(length-c.length) > 0.05*c.length {
				t.Errorf("%.2f packets a burst, want %.2f", length, c.length)
			}
		})
	}
}

func TestALinkFollowsItsPlan(t *testing.T) {
	l := conferencetest.NewLink(conferencetest.Conditions{Delay: 10 * ms}, 1)
	l.Plan(
		conferencetest.Step{At: t0.Add(30 * ms), Conditions: conferencetest.Conditions{Delay: 5 * ms}},
		conferencetest.Step{At: t0.Add(20 * ms), Conditions: conferencetest.Conditions{Cut: true}},
	)
	passages := sendEvery(l, 10*ms, 5)
	want := []conferencetest.Fate{
		conferencetest.Arrived, conferencetest.Arrived, conferencetest.Severed, conferencetest.Arrived, conferencetest.Arrived,
	}
	for i, p := range passages {
		if p.Fate != want[i] {
			t.Errorf("packet %d: fate %d, want %d", i, p.Fate, want[i])
		}
	}
	if d := passages[4].Arrives.Sub(passages[4].Sent); d != 5*ms {
		t.Errorf("delay %v after the last step", d)
	}
}

func TestTheSameSeedGivesTheSameFates(t *testing.T) {
	c := conferencetest.Conditions{BitsPerSecond: 2_000_000, Queue: 100 * ms, Jitter: 10 * ms, Loss: 0.1, Burst: 3}
	a := sendEvery(conferencetest.NewLink(c, 5), 3*ms, 1000)
	b := sendEvery(conferencetest.NewLink(c, 5), 3*ms, 1000)
	other := sendEvery(conferencetest.NewLink(c, 6), 3*ms, 1000)
	same := true
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("packet %d: %+v and %+v", i, a[i], b[i])
		}
		same = same && a[i] == other[i]
	}
	if same {
		t.Error("another seed gives the same fates")
	}
}

func TestATallyCountsFatesAndWaits(t *testing.T) {
	l := conferencetest.NewLink(conferencetest.Conditions{BitsPerSecond: 800_000, Queue: 95 * ms}, 1)
	l.Plan(conferencetest.Step{At: t0.Add(time.Second), Conditions: conferencetest.Conditions{Cut: true}})
	var all []conferencetest.Passage
	for range 12 { // waits of 0, 10, ... 90 ms, then two that overflow
		all = append(all, l.Send(t0, 1000))
	}
	all = append(all, l.Send(t0.Add(time.Second), 1000))
	got := conferencetest.TallyOf(all)
	want := conferencetest.Tally{
		Packets: 10, Bytes: 10_000, Overflowed: 2, Severed: 1,
		Queue: conferencetest.Quantiles{P50: 50 * ms, P90: 90 * ms, Max: 90 * ms},
	}
	if got != want {
		t.Errorf("tally %+v, want %+v", got, want)
	}
	if got := conferencetest.TallyOf(nil); got != (conferencetest.Tally{}) {
		t.Errorf("tally of nothing: %+v", got)
	}
}

func BenchmarkLink(b *testing.B) {
	l := conferencetest.NewLink(conferencetest.Conditions{BitsPerSecond: 3_000_000, Queue: 300 * ms, Delay: 30 * ms, Jitter: 10 * ms, Loss: 0.1, Burst: 5}, 1)
	b.ReportAllocs()
	now := t0
	for b.Loop() {
		now = now.Add(ms)
		l.Send(now, 1000)
	}
}
