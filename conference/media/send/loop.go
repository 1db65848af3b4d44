package send

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

const (
	// pauseOfCamera is how long a camera gives nothing before receivers may have given up its picture.
	pauseOfCamera = time.Second
	// stillAfter is how long a screen gives nothing before its last picture answers requests.
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

	offered time.Time         // when the encoders last got a picture
	last    *media.VideoFrame // of a screen, to be encoded again; else nil
	refined int               // how often it was

	header  rtp.Header // scratch memory of send
	payload []byte
}

func newLoop(v *Video, o VideoOptions) *loop {
	return &loop{
		video: v, o: o, results: make(chan result),
		payload: make([]byte, 0, vp8rtp.MaxPayload),
	}
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
			l.deliver(ctx, r)
		case <-l.timer.C:
			l.repeat(time.Now())
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
		l.outlets = append(l.outlets, &outlet{peer: p, rewriter: newRewriter()})
	}
	l.readWishes()
	if in.frame == nil {
		l.settle(ctx)
		return
	}
	l.picture(ctx, now, in.frame)
}

func (l *loop) readWishes() {
	l.outlets = slices.DeleteFunc(l.outlets, func(o *outlet) bool {
		o.wish = o.peer.takeWish()
		o.layers.wanted = o.wish.layer
		if o.wish.keyFrame && o.current != nil {
			o.current.gate.request()
		}
		if o.wish.closed {
			o.move(nil)
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
	l.settle(ctx)
	if l.o.Slot == media.Camera && now.Sub(l.offered) > pauseOfCamera {
		for _, t := range l.running() {
			t.gate.request()
		}
	}
	taken := f.Captured
	if taken.IsZero() {
		taken = now
	}
	l.encode(now, f, taken)
	l.refined = 0
	l.forget()
	if l.o.Slot == media.Screen {
		l.last = f
		return
	}
	f.Release()
}

// encode gives f to every tier that runs.
func (l *loop) encode(now time.Time, f *media.VideoFrame, taken time.Time) {
	l.offered = now
	ticks := media.Ticks(taken, media.VideoClockRate)
	for _, t := range l.running() {
		t.offer(job{f.Retain(), ticks, t.gate.take(now)})
	}
}

// repeat encodes a still screen's last picture again, if that is due.
func (l *loop) repeat(now time.Time) {
	due := l.repeatDue()
	if due.IsZero() || now.Before(due) {
		return
	}
	l.refined++
	l.encode(now, l.last, now)
}

// repeatDue is when the last picture is to be encoded again; zero: never.
func (l *loop) repeatDue() time.Time {
	var due time.Time
	if l.last == nil {
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

// settle finds each peer's tier, starts the tiers that are wanted and stops those that nobody needs.
func (l *loop) settle(ctx context.Context) {
	for _, o := range l.outlets {
		if !o.wish.visible || len(l.rungs) == 0 {
			o.target = nil
			o.move(nil)
			continue
		}
		t := l.start(ctx, pick(l.rungs, o.wish.height))
		if t != o.target && t != o.current {
			t.gate.request()
		}
		o.target = t
	}
	for i, t := range l.tiers {
		if t != nil && !slices.ContainsFunc(l.outlets, func(o *outlet) bool { return o.current == t || o.target == t }) {
			l.halt(i)
		}
	}
	l.publish()
}

// start returns the tier of a rung, started if it does not run.
func (l *loop) start(ctx context.Context, i int) *tier {
	if l.tiers[i] == nil {
		t := &tier{rung: l.rungs[i], o: l.o, results: l.results, ready: make(chan struct{}, 1)}
		t.targetBitrate.Store(int64(t.bitsPerSecond))
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

// deliver fans an encoded picture out. Peers that wait for this tier take over here, at its key frame.
func (l *loop) deliver(ctx context.Context, r result) {
	switch {
	case !slices.Contains(l.tiers, r.tier):
		return // stopped meanwhile
	case r.frame == nil:
		if r.keyFrame {
			r.tier.gate.request()
		}
		return
	}
	moved := false
	for _, o := range l.outlets {
		if r.frame.KeyFrame && o.target == r.tier && o.current != r.tier {
			o.move(r.tier)
			moved = true
			l.o.Logger.Info("peer gets tier", "slot", l.o.Slot, "peer", o.peer.id, "tier", r.tier.name)
		}
		if o.current == r.tier {
			o.send(r.frame, r.ticks, &l.header, l.payload)
		}
	}
	if r.frame.KeyFrame {
		r.tier.gate.served()
	}
	if moved {
		l.settle(ctx)
	}
}

// clear stops all tiers and forgets the source's size and picture; the peers' numbers run on.
func (l *loop) clear() {
	for i, t := range l.tiers {
		if t != nil {
			l.halt(i)
		}
	}
	for _, o := range l.outlets {
		o.target = nil
		o.move(nil)
	}
	l.width, l.height, l.rungs, l.tiers = 0, 0, nil, nil
	l.forget()
	l.publish()
}

func (l *loop) forget() {
	if l.last != nil {
		l.last.Release()
		l.last = nil
	}
}

func (l *loop) running() []*tier { return *l.video.running.Load() }

// publish makes the tiers that run known to Stats.
func (l *loop) publish() {
	var running []*tier
	for _, t := range l.tiers {
		if t != nil {
			running = append(running, t)
		}
	}
	if !slices.Equal(running, l.running()) {
		l.video.running.Store(&running)
	}
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
