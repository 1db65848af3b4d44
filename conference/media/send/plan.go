package send

import (
	"context"
	"slices"
	"time"

	"confab/conference/media"
)

// settle finds each peer's tier and each tier's rate, starts the tiers that are wanted and stops those
// that nobody needs.
func (l *loop) settle(ctx context.Context, now time.Time) {
	for _, o := range l.outlets {
		if !o.wish.visible || len(l.rungs) == 0 {
			o.rest()
			continue
		}
		// What the machine cannot encode is not asked of the path either.
		top := min(max(pick(l.rungs, o.wish.height), l.governor.dropped()), len(l.rungs)-1)
		o.ask(l.rungs[top].most)
		o.aim(l.start(ctx, o.climber.choose(now, o.budget, l.rungs, top, l.needs(o))))
	}
	for i, t := range l.tiers {
		if t == nil {
			continue
		}
		if l.rate(t) {
			continue
		}
		l.halt(i)
	}
	l.publish()
}

// needs is what each rung needs of a peer, in bits per second. The slice is the loop's scratch memory.
func (l *loop) needs(o *outlet) []int {
	l.least = l.least[:0]
	for _, t := range l.tiers {
		others := 0
		for _, other := range l.outlets {
			if t != nil && other != o && other.target == t {
				others = max(others, t.usable(other.budget.BitsPerSecond))
			}
		}
		l.least = append(l.least, l.rungs[len(l.least)].need(others))
	}
	return l.least
}

// rate sets a tier's rate to what the peer that can take most of it can take; false: nobody needs the
// tier.
func (l *loop) rate(t *tier) bool {
	needed, rate, key := false, 0, 0
	for _, o := range l.outlets {
		if o.current != t && o.target != t {
			continue
		}
		needed = true
		if !o.budget.Hold {
			rate = max(rate, t.usable(o.budget.BitsPerSecond))
		}
		if o.target == t && (key == 0 || o.budget.KeyFrameBytes < key) {
			key = o.budget.KeyFrameBytes
		}
	}
	t.keyBytes = key
	t.wanted = rate > 0
	if t.wanted {
		t.targetBitrate.Store(int64(rate))
	}
	return needed
}

// start returns the tier of a rung, started if it does not run.
func (l *loop) start(ctx context.Context, i int) *tier {
	if l.tiers[i] == nil {
		t := &tier{rung: l.rungs[i], o: l.o, results: l.results, ready: make(chan struct{}, 1)}
		t.targetBitrate.Store(int64(t.most))
		ctx, t.stop = context.WithCancel(ctx)
		l.workers.Go(func() { t.run(ctx) })
		l.tiers[i] = t
		l.o.Logger.Info("encoder starts", "slot", l.o.Slot, "tier", t.name, "width", t.width, "height", t.height)
	}
	return l.tiers[i]
}

func (l *loop) halt(i int) {
	l.o.Logger.Info("encoder stops", "slot", l.o.Slot, "tier", l.tiers[i].name)
	l.tiers[i].stop()
	l.tiers[i] = nil
}

// govern lets the frame rate and the largest tiers go when the machine is short of time.
func (l *loop) govern(now time.Time) {
	if len(l.rungs) > 0 && l.governor.look(now, len(l.rungs)) {
		l.o.Logger.Info("encoders' load", "slot", l.o.Slot, "to", l.governor.level)
	}
}

// running are the tiers that run, the largest first.
func (l *loop) running() []*tier { return *l.video.running.Load() }

// publish makes the tiers that run known to Stats.
func (l *loop) publish() {
	same := true
	n := 0
	for _, t := range l.tiers {
		if t != nil {
			same = same && n < len(l.running()) && l.running()[n] == t
			n++
		}
	}
	if same && n == len(l.running()) {
		return
	}
	running := slices.DeleteFunc(slices.Clone(l.tiers), func(t *tier) bool { return t == nil })
	l.video.running.Store(&running)
}

// clear stops all tiers and forgets the source's size and picture. Nothing of it leaves any more.
func (l *loop) clear() {
	for i, t := range l.tiers {
		if t != nil {
			l.halt(i)
		}
	}
	for _, o := range l.outlets {
		o.rest()
		o.peer.line.Clear()
	}
	l.width, l.height, l.rungs, l.tiers = 0, 0, nil, nil
	l.forget()
	l.publish()
}

// end lets go of everything.
func (l *loop) end() {
	l.clear()
	l.workers.Wait()
	in := l.video.takeInbox()
	if in.frame != nil {
		in.frame.Release()
	}
	for _, p := range in.added {
		close(p.gone)
	}
	for _, o := range l.outlets {
		close(o.peer.gone)
	}
	l.video.running.Store(new([]*tier))
}

// hurried tells whether a tier waits for a key frame that cannot wait for the next picture.
func hurried(t *tier) bool { return t.gate.hurried }

// every takes all tiers.
func every(*tier) bool { return true }

// picture is the source's latest one.
type picture struct {
	frame *media.VideoFrame // one reference; nil: none
	taken time.Time
	at    time.Time // when it was offered
}
