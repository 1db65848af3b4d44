package capture

import (
	"context"
	"io"
	"time"
)

// pace counts the ticks of a source that plays in real time: num ticks every den seconds, from the first
// wait on.
type pace struct {
	num, den int64 // each 1 to 1e9
	slack    int64 // ticks a reader may be late and still get every one; later, it gets the newest
	delay    int64 // ticks after its instant at which a tick can be had: 1 for sound, which lasts
	together int64 // ticks that are had at once, with the last of them; 0: 1

	start time.Time
	next  int64
}

// paceOf is a pace of a rate in ticks per second, to a thousandth.
func paceOf(perSecond float64) pace {
	return pace{num: max(int64(perSecond*1000+0.5), 1), den: 1000}
}

// wait waits for the next tick and gives its number and instant. It ends with ctx, or with io.EOF when
// done is closed.
func (p *pace) wait(ctx context.Context, done <-chan struct{}) (tick int64, at time.Time, err error) {
	select {
	case <-done:
		return 0, time.Time{}, io.EOF
	default:
	}
	if err := ctx.Err(); err != nil {
		return 0, time.Time{}, err
	}
	if p.start.IsZero() {
		p.start = time.Now()
	}
	if late := p.passed() - p.delay - p.next; late > p.slack {
		p.next += late
	}
	if d := time.Until(p.at(p.last() + p.delay)); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-done:
			return 0, time.Time{}, io.EOF
		case <-ctx.Done():
			return 0, time.Time{}, ctx.Err()
		}
	}
	tick = p.next
	p.next++
	return tick, p.at(tick), nil
}

// last is the last of the ticks that are had together with the next one.
func (p *pace) last() int64 {
	if p.together == 0 {
		return p.next
	}
	return p.next - p.next%p.together + p.together - 1
}

// at is the instant of a tick.
func (p *pace) at(tick int64) time.Time {
	n := tick * p.den
	return p.start.Add(time.Duration(n/p.num)*time.Second +
		time.Duration(n%p.num*int64(time.Second)/p.num))
}

// passed is the number of the newest tick whose instant has come.
func (p *pace) passed() int64 {
	d := time.Since(p.start)
	seconds, rest := int64(d/time.Second), int64(d%time.Second)
	n := seconds*p.num/p.den + (seconds*p.num%p.den*int64(time.Second)+rest*p.num)/(p.den*int64(time.Second))
	for !p.at(n + 1).After(p.start.Add(d)) { // at rounds down, so the division may be one short
		n++
	}
	return n
}
