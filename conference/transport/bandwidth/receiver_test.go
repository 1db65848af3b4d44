package bandwidth_test

import (
	"time"

	"confab/conference/transport/bandwidth"
)

// receive takes a packet at the far end.
func (f *flow) receive(p packet) {
	f.received.add(f.now, p.size-headers)
	f.arrived = append(f.arrived, arrived{p.number, f.clock(f.now)})
	if left, ok := f.pending[p.piece]; ok && p.piece != nil {
		f.pending[p.piece] = left - 1
		if left == 1 {
			delete(f.pending, p.piece)
			f.firstPictures = append(f.firstPictures, f.now)
		}
	}
	delay := f.now - p.departed
	f.least1 = min(f.least1, delay)
	grows := delay > f.delay && delay-f.least1 > 60*time.Millisecond
	f.delay = delay
	f.trip = delay + f.back.delay
	if grows && !f.noEarly && !f.plain && f.now-f.early >= 10*time.Millisecond {
		f.report()
	}
}

// report sends what has arrived since the last report.
func (f *flow) report() {
	if len(f.arrived) == 0 || f.mute {
		return
	}
	f.early = f.now
	from, to, got, count := f.reported, f.reported, f.arrived, f.reports
	for _, a := range got {
		to = max(to, a.number+1)
	}
	f.reported, f.reports, f.arrived = to, f.reports+1, nil
	f.back.send(90, func() { f.feedback(from, to, got, count) })
	if f.twice {
		f.at(f.now+80*time.Millisecond, func() { f.feedback(from, to, got, count) })
	}
}

// feedback takes a report at the sender: packets from to to, of which got arrived. What reports that
// never came told is unknown. A report is told again as it is: the estimator must bear it.
func (f *flow) feedback(from, to int, got []arrived, count int) {
	if f.asleep {
		f.missed = append(f.missed, func() { f.feedback(from, to, got, count) })
		return
	}
	at := map[int]time.Duration{}
	for _, a := range got {
		at[a.number] = a.at
	}
	begin := f.told
	if f.twice && count < f.reportsTold {
		begin = from
	}
	gap := count > f.reportsTold
	var results []bandwidth.Result
	for n := begin; n < to; n++ {
		p := f.history[n]
		arrival, ok := at[n]
		r := bandwidth.Result{Departed: epoch.Add(p.departed), Size: p.size}
		switch {
		case ok:
			// In steps of 250 microseconds, on a clock of its own.
			r.Arrived = time.Unix(5_000, 0).Add(arrival.Truncate(250 * time.Microsecond))
		case gap && n < from:
			r.Unknown = true
		default:
			r.Lost = true
			if p.piece != nil && !p.repair {
				f.repairs = append(f.repairs, p)
			}
		}
		results = append(results, r)
	}
	f.told = max(f.told, to)
	f.reportsTold = max(f.reportsTold, count+1)
	f.obey(f.estimator.Feedback(f.time(), results))
	f.pump()
}

// summarise sends a receiver report, and perhaps a limit, as peers without transport-cc do.
func (f *flow) summarise() {
	if len(f.arrived) == 0 || f.mute {
		return
	}
	next := f.expected
	for _, a := range f.arrived {
		next = max(next, a.number+1)
	}
	lost := 1 - float64(len(f.arrived))/float64(max(1, next-f.expected))
	trip := f.trip
	f.expected, f.arrived = next, nil
	if delay := f.delay - f.least1; f.claims { // roughly as browsers do
		f.claimed = max(f.claimed*1.08, 1.5*f.received.rate(max(0, f.now-time.Second), f.now))
		if delay > 40*time.Millisecond {
			f.claimed = 0.85 * f.received.rate(max(0, f.now-time.Second), f.now)
		}
	}
	limit := int(f.claimed)
	f.back.send(90, func() {
		if limit > 0 {
			f.obey(f.estimator.Limit(f.time(), limit))
		}
		f.obey(f.estimator.Report(f.time(), bandwidth.Report{FractionLost: max(0, lost), RoundTripTime: trip}))
		f.pump()
	})
}
