package receive

import (
	"context"
	"time"
)

// loop owns the assembler; its run goroutine alone touches it.
type loop struct {
	video     *Video
	o         VideoOptions
	assembler *assembler
	sync      lipSync
	repairs   []uint16  // scratch memory
	arrivals  []arrival // likewise
}

func (l *loop) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.video.ready:
		case <-timer.C:
		}
		due := l.look(time.Now())
		if due.IsZero() {
			timer.Stop()
			continue
		}
		timer.Reset(time.Until(due))
	}
}

// look takes what came in and does what is due. It returns when to look again; zero: when something
// comes.
func (l *loop) look(now time.Time) time.Time {
	a, roundTrip := l.assembler, l.o.RoundTrip()
	if roundTrip <= 0 {
		roundTrip = defaultRoundTrip
	}
	roundTrip = a.trip.of(roundTrip)
	failed, paused := l.take()
	if failed > 0 {
		a.failed(now, failed)
	}
	for i, arrived := range l.arrivals {
		a.push(arrived.at, arrived.packet)
		l.give(arrived.at, roundTrip)
		l.arrivals[i] = arrival{}
	}
	l.give(now, roundTrip)
	l.repairs = a.repairs(now, roundTrip, l.repairs[:0])
	if len(l.repairs) > 0 {
		a.counts.nacks++
		l.o.RequestRepair(l.repairs)
	}
	if paused {
		l.publish()
		return time.Time{}
	}
	if a.wantsKeyFrame(now, roundTrip) {
		a.counts.plis++
		l.o.RequestKeyFrame()
	}
	l.publish()
	return a.deadline(now, roundTrip)
}

// give moves frames to the decoder.
func (l *loop) give(now time.Time, roundTrip time.Duration) {
	for {
		f, ok := l.assembler.pop(now, roundTrip)
		if !ok {
			return
		}
		f.due = l.dueOf(now, f)
		l.assembler.limit = l.video.enqueue(now, f)
	}
}

// dueOf is when a frame that is complete at now is to be shown.
func (l *loop) dueOf(now time.Time, f encoded) time.Time {
	var captured, heard moment
	captured.at, captured.known = l.o.Captured(f.stamp)
	heard.at, heard.known = l.o.Heard(now)
	due := l.sync.next(now, captured, heard)
	l.o.Late(l.sync.late)
	return due
}

// take swaps the packets that wait into l.arrivals.
func (l *loop) take() (failed uint64, paused bool) {
	v := l.video
	v.mu.Lock()
	defer v.mu.Unlock()
	l.arrivals, v.waiting = v.waiting, l.arrivals[:0]
	failed, v.failed = v.failed, 0
	return failed, v.paused
}

func (l *loop) publish() {
	v := l.video
	v.mu.Lock()
	v.counts = l.assembler.counts
	v.mu.Unlock()
}
