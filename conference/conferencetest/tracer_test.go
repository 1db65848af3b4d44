package conferencetest_test

import (
	"fmt"
	"time"

	"confab/conference"
	"confab/conference/conferencetest"
)

// tracer writes how a call fares, a line each quarter of a second.
type tracer struct {
	*watch
	start time.Time
	next  time.Time
	last  conference.PeerStats
}

const traceEvery = 250 * time.Millisecond

func (t *tracer) look(now time.Time, s conference.PeerStats) {
	if t.trace == nil || now.Before(t.next) {
		return
	}
	t.next = now.Add(traceEvery)
	passages := t.there.Passages()
	sent := between(passages, now.Add(-traceEvery), now)
	tally := conferencetest.TallyOf(sent)
	all := 0
	for _, p := range sent {
		all += p.Bytes
	}
	kilobits := func(bytes int) float64 { return float64(bytes) * 8 / 1000 / traceEvery.Seconds() }
	fmt.Fprintf(t.trace, "%7.2f sent %5.0f received %5.0f lost %3d overflowed %3d queue %4.0f ms | %4d lines %2d frames freezes %d pli %d nack %d |",
		now.Sub(t.start).Seconds(), kilobits(all), kilobits(t.meter.received(passages, now.Add(-traceEvery), now)),
		tally.Lost, tally.Overflowed, milliseconds(tally.Queue.Max), s.Video.FrameHeight,
		s.Video.FramesDecoded-t.last.Video.FramesDecoded, s.Video.FreezeCount, s.Video.PLICount, s.Video.NACKCount)
	out := t.ana.Channel.Stats()
	for _, p := range out.Peers {
		fmt.Fprintf(t.trace, " budget %5.0f rtt %3.0f ms", p.AvailableOutgoingBitrate/1000, p.RoundTripTime*1000)
	}
	for _, p := range out.Outbound.Peers {
		fmt.Fprintf(t.trace, " %s T%d", p.Tier, p.TemporalLayer)
	}
	for _, e := range out.Outbound.Encoders {
		fmt.Fprintf(t.trace, " %s %d keys %d", e.Tier, e.TargetBitrate/1000, e.KeyFrames)
	}
	fmt.Fprintln(t.trace)
	t.last = s
}
