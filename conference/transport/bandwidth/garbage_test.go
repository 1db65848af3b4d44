package bandwidth_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"confab/conference/transport/bandwidth"
)

// sane fails if a decision is none.
func sane(t *testing.T, o bandwidth.Options, d bandwidth.Decision) {
	t.Helper()
	if d.Budget < o.Min || d.Budget > o.Max || d.Pace <= 0 || d.Pace > 2*o.Max+64_000 ||
		d.Restart < 0 || d.Restart > 1e12 || d.RestartAfter < 0 || d.RestartAfter > time.Second {
		t.Fatalf("decision %+v", d)
	}
	if p := d.Probe; p != nil && (p.Rate <= 0 || p.Rate > 3*o.Max || p.Packets <= 0 || p.Packets > 100) {
		t.Fatalf("probe %+v", *p)
	}
}

func FuzzFeedback(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"))
	f.Add(binary.BigEndian.AppendUint64(nil, math.MaxUint64))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := bandwidth.Options{Start: 300_000, Min: 80_000, Max: 5_000_000}
		e := bandwidth.New(o)
		now := epoch
		next := func(n int) (v int64) {
			for range n {
				if len(data) == 0 {
					return v
				}
				v = v<<8 | int64(int8(data[0]))
				data = data[1:]
			}
			return v
		}
		for len(data) > 0 {
			switch next(1) & 7 {
			case 0:
				now = now.Add(time.Duration(next(8)))
			case 1:
				now = now.Add(time.Duration(next(1)) * time.Millisecond)
			case 2:
				sane(t, o, e.Tick(now, next(1)&1 == 0))
			case 3:
				e.Sent(now.Add(time.Duration(next(2)) * time.Microsecond))
			case 4:
				e.ProbeSent(now, now.Add(time.Duration(next(3))), now.Add(time.Duration(next(3))))
			default:
				results := make([]bandwidth.Result, next(1)&63)
				departed, arrived := now.Add(-100*time.Millisecond), epoch.Add(time.Duration(next(8)))
				for i := range results {
					departed = departed.Add(time.Duration(next(2)) * time.Microsecond)
					arrived = arrived.Add(time.Duration(next(2)) * time.Microsecond)
					kind := next(1)
					results[i] = bandwidth.Result{
						Departed: departed, Arrived: arrived, Size: int(next(2)),
						Lost: kind&7 == 0, Unknown: kind&7 == 1,
					}
					if kind&31 == 2 {
						results[i].Arrived = time.Time{}
					}
				}
				sane(t, o, e.Feedback(now, results))
			}
			if trip := e.RoundTripTime(); trip < 0 {
				t.Fatalf("round trip %v", trip)
			}
		}
	})
}

func TestImpossibleResultsDoNoHarm(t *testing.T) {
	o := bandwidth.Options{Min: 80_000, Max: 5_000_000}
	for name, spoil := range map[string]func(r *bandwidth.Result){
		"no time of departure": func(r *bandwidth.Result) { r.Departed = time.Time{} },
		"departed later":       func(r *bandwidth.Result) { r.Departed = r.Departed.Add(time.Hour) },
		"no time of arrival":   func(r *bandwidth.Result) { r.Arrived = time.Time{} },
		"arrived at the end":   func(r *bandwidth.Result) { r.Arrived = time.Unix(1<<62, 0) },
		"all at once":          func(r *bandwidth.Result) { r.Arrived = epoch },
		"no size":              func(r *bandwidth.Result) { r.Size = 0 },
		"negative size":        func(r *bandwidth.Result) { r.Size = math.MinInt },
		"huge":                 func(r *bandwidth.Result) { r.Size = math.MaxInt },
		"lost and unknown":     func(r *bandwidth.Result) { r.Lost, r.Unknown = true, true },
		"all lost":             func(r *bandwidth.Result) { r.Lost = true },
	} {
		t.Run(name, func(t *testing.T) {
			e := bandwidth.New(o)
			now := epoch
			for range 400 {
				var results []bandwidth.Result
				for i := range 10 {
					departed := now.Add(time.Duration(i) * time.Millisecond)
					r := bandwidth.Result{Departed: departed, Arrived: departed.Add(20 * time.Millisecond), Size: 1200}
					spoil(&r)
					results = append(results, r)
				}
				now = now.Add(50 * time.Millisecond)
				sane(t, o, e.Feedback(now, results))
				sane(t, o, e.Tick(now, true))
			}
		})
	}
}

func TestFeedbackAllocatesNothing(t *testing.T) {
	e := bandwidth.New(bandwidth.Options{})
	now := epoch
	results := make([]bandwidth.Result, 15)
	step := func() {
		for i := range results {
			departed := now.Add(time.Duration(i) * 3 * time.Millisecond)
			results[i] = bandwidth.Result{Departed: departed, Arrived: departed.Add(20 * time.Millisecond), Size: 1200}
		}
		now = now.Add(50 * time.Millisecond)
		e.Feedback(now, results)
		e.Tick(now, false)
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations a feedback", n)
	}
}

func BenchmarkFeedback(b *testing.B) {
	e := bandwidth.New(bandwidth.Options{})
	now := epoch
	results := make([]bandwidth.Result, 15) // 2.9 Mbit/s
	b.ReportAllocs()
	for b.Loop() {
		for i := range results {
			departed := now.Add(time.Duration(i) * 3 * time.Millisecond)
			results[i] = bandwidth.Result{Departed: departed, Arrived: departed.Add(20 * time.Millisecond), Size: 1200}
		}
		now = now.Add(50 * time.Millisecond)
		e.Feedback(now, results)
	}
}
