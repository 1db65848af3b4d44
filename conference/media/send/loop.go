package send

import (
	"context"
	"slices"
	"sync"
	"time"

	"confab/conference/media"
)

const (
	// pauseOfCamera is how long a camera gives nothing before receivers may have given up its picture.
	pauseOfCamera = time.Second
	// stillAfter is how long a source gives nothing before its last picture is an old one: a screen's
	// answers requests then, a camera's is not shown again.
	stillAfter = 100 * time.Millisecond
	// A still screen's last picture is encoded again a few times: text gets sharp, and the loss of the
	// last packets shows.
	refineEvery = 200 * time.Millisecond
	refinements = 5
)

// loop owns the peers and the tiers of a Video; its run goroutine alone touches it.
type loop struct {
	video   *Video
	o       VideoOptions
	results chan result
	workers sync.WaitGroup
	timer   *time.Timer

	width, height int     // captured; 0: no picture yet
	rungs         []rung  // by size, the captured one first
	tiers         []*tier // one a rung; nil: does not run
	outlets       []*outlet
	governor      governor

	last    picture
	offered time.Time // when the encoders were last offered a picture
	refined int       // how often a screen's last picture was encoded again

	least []int // scratch memory
}

func newLoop(v *Video, o VideoOptions) *loop {
	return &loop{video: v, o: o, results: make(chan result)}
}

func (l *loop) run(ctx context.Context) {
	defer close(l.video.done)
	defer l.end()
	l.timer = time.NewTimer(time.Hour)
	defer l.timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.video.ready:
			l.look(ctx, time.Now())
		case r := <-l.results:
			l.deliver(ctx, time.Now(), r)
		case <-l.timer.C:
			l.repeat(ctx, time.Now())
		}
		l.rearm()
	}
}

// look takes what came in: wishes first, so that a newcomer is served by the picture that came along.
func (l *loop) look(ctx context.Context, now time.Time) {
	in := l.video.takeInbox()
	for _, done := range in.cleared {
		l.clear()
		close(done)
	}
	for _, p := range in.added {
		l.outlets = append(l.outlets, &outlet{peer: p, layer: topLayer})
	}
	l.readWishes(now)
	if in.frame != nil {
		l.picture(ctx, now, in.frame)
		return
	}
	l.settle(ctx, now)
	if l.last.frame != nil && now.Sub(l.last.at) < stillAfter && l.encode(now, l.last.taken, hurried) {
		l.offered = now
	}
}

func (l *loop) readWishes(now time.Time) {
	l.outlets = slices.DeleteFunc(l.outlets, func(o *outlet) bool {
		o.wish = o.peer.takeWish()
		if o.wish.keyFrame && o.current != nil && !o.budget.Hold {
			o.current.gate.lost(now)
		}
		if o.wish.closed {
			o.rest()
			close(o.peer.gone)
		}
		return o.wish.closed
	})
}

// picture hands a new picture, whose reference it takes, to the encoders.
func (l *loop) picture(ctx context.Context, now time.Time, f *media.VideoFrame) {
	if f.Width != l.width || f.Height != l.height {
		l.clear()
		l.width, l.height = f.Width, f.Height
		l.rungs = ladder(l.o.Slot, f.Width, f.Height, l.o.MaxBitrate)
		l.tiers = make([]*tier, len(l.rungs))
	}
	l.govern(now)
	l.settle(ctx, now)
	if l.o.Slot == media.Camera && now.Sub(l.last.at) > pauseOfCamera {
		for _, t := range l.running() {
			t.gate.request()
		}
	}
	l.forget()
	l.last = picture{frame: f, taken: f.Captured, at: now}
	if f.Captured.IsZero() {
		l.last.taken = now
	}
	l.refined = 0
	which := every
	if l.governor.skip() {
		which = hurried
	}
	l.encode(now, l.last.taken, which)
	l.offered = now
}

// encode gives the last picture, as taken at an instant, to the tiers of which, and tells whether one of
// them takes it.
func (l *loop) encode(now, taken time.Time, which func(*tier) bool) bool {
	ticks := media.Ticks(taken, media.VideoClockRate)
	given := false
	for _, t := range l.running() {
		if !which(t) || !t.wanted {
			continue
		}
		key := t.gate.take(now)
		if l.o.Slot == media.Screen && !key && t.thrift.wait(now, int(t.targetBitrate.Load())) > 0 {
			continue
		}
		t.offer(job{l.last.frame.Retain(), ticks, key, t.keyBytes, now})
		given = true
	}
	return given
}

// repeat encodes a still screen's last picture again, if that is due.
func (l *loop) repeat(ctx context.Context, now time.Time) {
	due := l.repeatDue()
	if due.IsZero() || now.Before(due) {
		return
	}
	l.settle(ctx, now)
	if l.encode(now, now, every) {
		l.refined++
	}
	l.offered = now
}

// repeatDue is when the last picture is to be encoded again; zero: never.
func (l *loop) repeatDue() time.Time {
	var due time.Time
	if l.last.frame == nil || l.o.Slot != media.Screen || len(l.running()) == 0 {
		return due
	}
	if l.refined < refinements {
		due = l.offered.Add(refineEvery)
	}
	for _, t := range l.running() {
		at := t.gate.due()
		if at.IsZero() {
			continue
		}
		if still := l.offered.Add(stillAfter); at.Before(still) {
			at = still
		}
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	return due
}

func (l *loop) rearm() {
	if due := l.repeatDue(); !due.IsZero() {
		l.timer.Reset(time.Until(due))
	} else {
		l.timer.Stop()
	}
}

// deliver fans an encoded picture out. Peers that wait for this tier take over here, at its key frame.
func (l *loop) deliver(ctx context.Context, now time.Time, r result) {
	if !slices.Contains(l.tiers, r.tier) {
		return // stopped meanwhile
	}
	l.governor.took(r.tier, r.spent, r.waited)
	if r.frame == nil {
		if r.keyFrame {
			r.tier.gate.request()
		}
		return
	}
	if r.frame.KeyFrame {
		r.tier.gate.served()
	}
	r.tier.thrift.spend(len(r.frame.Data))
	moved := false
	for _, o := range l.outlets {
		if o.send(now, r.tier, r.frame) {
			moved = true
			l.o.Logger.Info("peer gets tier", "slot", l.o.Slot, "peer", o.peer.id, "tier", r.tier.name)
		}
	}
	if moved {
		l.settle(ctx, now)
	}
}

func (l *loop) forget() {
	if l.last.frame != nil {
		l.last.frame.Release()
	}
	l.last.frame = nil
}
