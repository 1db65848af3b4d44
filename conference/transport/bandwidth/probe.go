package bandwidth

import "time"

const (
	firstProbe = 500 * time.Millisecond
	// probeEvery is the time between probes; when they find nothing it grows by probeSlower, up to
	// slowestProbe, and when they were wrong it doubles, up to longestProbe.
	probeEvery   = 2 * time.Second
	probeSlower  = 1.2
	slowestProbe = 3 * time.Second
	longestProbe = 4 * time.Second
	// A train runs at probeFactor times the budget for probeLength, in packets of probePacketSize bytes.
	probeFactor     = 3
	probeLength     = 15 * time.Millisecond
	probePacketSize = 1200
	leastProbe      = 4
	mostProbe       = 40
	// probeQueue is the standing queue above which nothing is probed.
	probeQueue = 30 * time.Millisecond
	// A train that the sender has not sent after probeUnsent, or that nothing is heard of for a round
	// trip and probeLost, is given up.
	probeUnsent = time.Second
	probeLost   = 400 * time.Millisecond
	// probeGain is how far above the budget a result must be to count. Of what it shows,
	// shareOfCapacity is taken.
	probeGain = 1.15
	// After a success the next train leaves a round trip and probeSoon later; after one of which too
	// little arrived, after probeRetry.
	probeSoon  = 200 * time.Millisecond
	probeRetry = 500 * time.Millisecond
	// A raise is in doubt for probeDoubt. After one that was wrong, one probe raises the budget by no
	// more than doubtedGain: a wrong one then costs a little queue instead of a restart. (Two flows on
	// one link without this: 90 % queue 135 ms and up to 2.2 times the other's rate; with it 60 and 1.6.)
	probeDoubt  = 3 * time.Second
	doubtedGain = 1.25
	// doubtFades is how long after the last wrong one probes are believed again.
	doubtFades = 12 * time.Second
)

// probing is where the current probe stands.
type probing struct {
	next   time.Duration // no probe before
	gap    time.Duration // between probes; 0: probeEvery
	asked  bool          // the sender has been asked
	left   bool          // the train has left, from first to last
	since  time.Duration // asked or left
	first  time.Duration
	last   time.Duration
	raised time.Duration // last time a probe raised the budget
	doubt  bool          // the last one that did was wrong
	wrong  time.Duration // when that was found out
}

// misled is called when the budget falls: a probe that raised it a moment ago has seen a gap in
// somebody else's traffic. The next ones are worth less.
func (p *probing) misled(now time.Duration) {
	if now-p.raised < probeDoubt {
		p.raised, p.doubt, p.wrong = never, true, now
		p.gap = min(longestProbe, 2*max(p.gap, probeEvery))
		p.next = max(p.next, now+p.gap)
	}
}

func (p *probing) cancel(next time.Duration) { p.asked, p.left, p.next = false, false, next }

// wantProbe asks for a train if more would be used and no queue stands.
func (e *Estimator) wantProbe(now time.Duration, used bool) *Probe {
	p := &e.probing
	if p.raised != never && now-p.raised >= probeDoubt { // it was right
		p.raised, p.doubt, p.gap = never, false, probeEvery
	}
	if now-p.wrong > doubtFades {
		p.doubt = false
	}
	switch {
	case p.left && now-p.since > e.roundTrip()+probeLost, p.asked && !p.left && now-p.since > probeUnsent:
		p.cancel(now + max(p.gap, probeEvery))
		return nil
	case p.asked || !used || !e.hasHeard || now < p.next || e.silence.muted || e.draining.on,
		e.budget >= float64(e.options.Max), e.standing() >= probeQueue+e.noise:
		return nil
	}
	p.asked, p.since = true, now
	rate := probeFactor * e.budget
	packets := int(rate * probeLength.Seconds() / 8 / probePacketSize)
	return &Probe{Rate: int(rate), Packets: min(max(packets, leastProbe), mostProbe)}
}

// ProbeSent tells that the train asked for has left: it is every packet that departed between from and
// to, those included.
func (e *Estimator) ProbeSent(now, from, to time.Time) {
	t := e.at(now)
	p := &e.probing
	if !p.asked || to.Before(from) {
		return
	}
	p.left, p.since = true, t
	p.first, p.last = from.Sub(e.start), to.Sub(e.start)
}

// judgeProbe evaluates the train once a packet that left after it has arrived.
func (e *Estimator) judgeProbe(now time.Duration) {
	p := &e.probing
	newest := e.seen.newest()
	if !p.left || newest == nil || newest.departed <= p.last {
		return
	}
	packets, carried, slowed := e.seen.dispersion(p.first, p.last)
	p.cancel(now + probeRetry)
	if packets < leastProbe {
		return
	}
	e.probed(carried, slowed)
	p.gap = max(p.gap, probeEvery)
	raised := shareOfCapacity * carried
	if p.doubt {
		raised = min(raised, doubtedGain*e.budget)
	}
	if carried <= probeGain*e.budget || raised <= e.budget {
		p.next = now + p.gap
		p.gap = max(p.gap, min(slowestProbe, time.Duration(probeSlower*float64(p.gap))))
		return
	}
	e.budget, p.raised = raised, now
	if e.ceiling > 0 {
		e.ceiling = max(e.ceiling, carried)
	}
	p.next = now + e.roundTrip() + probeSoon
}

// dispersion is the smaller of the rates at which the packets of a span left and arrived, in bits per
// second, how many of them did arrive, and whether the path made the span longer.
func (w *window) dispersion(first, last time.Duration) (packets int, rate float64, slowed bool) {
	var head, tail *arrival
	bytes := 0
	for i := range w.arrivals.count {
		a := w.arrivals.at(i)
		if a.departed < first || a.departed > last {
			continue
		}
		if packets++; head == nil {
			head = a
		} else {
			bytes += a.size
		}
		tail = a
	}
	if packets < 2 {
		return packets, 0, false
	}
	left, arrived := tail.departed-head.departed, tail.arrived-head.arrived
	span := max(left, arrived, time.Millisecond)
	return packets, float64(bytes) * 8 / span.Seconds(), float64(arrived) > slowedFrom*float64(left)
}
