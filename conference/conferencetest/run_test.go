package conferencetest_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/conferencetest"
)

// lookEvery is how exactly the times of decoded pictures are known.
const lookEvery = 2 * time.Millisecond

// run is one call over one path: Ana sends a clip and speaks, Ben looks at her and speaks.
type run struct {
	scenario scenario
	clip     *conferencetest.Clip
	width    int // of the clip and of Ben's view, pixels
	height   int
	warmUp   time.Duration
	seed     uint64
	real     bool
	trace    io.Writer    // nil: no trace
	logger   *slog.Logger // nil: discard
}

// measure holds the call and gives its figures: in virtual time, or as long as it takes over real sockets.
func (r *run) measure(t *testing.T) figures {
	t.Helper()
	var f figures
	var err error
	if r.real {
		f, err = r.call(t.Context())
	} else {
		synctest.Test(t, func(t *testing.T) { f, err = r.call(t.Context()) })
	}
	if err != nil {
		t.Fatalf("%s, seed %d: %v", r.scenario.name, r.seed, err)
	}
	return f
}

func (r *run) call(ctx context.Context) (f figures, err error) {
	there := conferencetest.NewCable(conferencetest.NewLink(r.scenario.path, 2*r.seed))
	back := conferencetest.NewCable(conferencetest.NewLink(r.scenario.path, 2*r.seed+1))
	room, err := conferencetest.NewRoom(conferencetest.RoomOptions{RealSockets: r.real})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, room.Close(), there.Close(), back.Close()) }()
	ana, err := room.Enter(ctx, conferencetest.PersonOptions{Name: "Ana", Cable: there, Clip: r.clip, Logger: r.logger})
	if err != nil {
		return nil, err
	}
	ben, err := room.Enter(ctx, conferencetest.PersonOptions{Name: "Ben", Cable: back})
	if err != nil {
		return nil, err
	}
	w := &watch{run: r, meter: &meter{run: r, fullLines: r.height}, ana: ana, ben: ben, there: there, back: back}
	return w.call(ctx)
}

// watch looks at a call while it is held.
type watch struct {
	*run
	meter       *meter
	ana, ben    *conferencetest.Person
	there, back *conferencetest.Cable
	media       *conference.RemoteMedia // of Ana at Ben's
}

func (w *watch) call(ctx context.Context) (figures, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	start := time.Now().Add(w.warmUp)
	end := start.Add(w.scenario.length)
	w.plan(start)
	trace := &tracer{watch: w, start: start}
	began := false
	for now := time.Now(); now.Before(end); now = time.Now() {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
		w.view()
		stats := w.ben.Channel.Stats()
		if len(stats.Peers) != 1 {
			continue
		}
		trace.look(now, stats.Peers[0])
		switch {
		case now.Before(start):
		case !began:
			began = true
			w.meter.begin(now, stats.Peers[0])
		default:
			w.meter.look(now, stats.Peers[0], w.picture())
		}
	}
	if !began {
		return nil, errors.New("the two never met")
	}
	return w.meter.figures(end, w.there.Passages()), nil
}

// plan has the path change while it is measured.
func (w *watch) plan(start time.Time) {
	c := w.scenario.path
	for _, s := range w.scenario.steps {
		cut := c.Cut
		s.change(&c)
		step := conferencetest.Step{At: start.Add(s.after), Conditions: c}
		w.there.Plan(step)
		w.back.Plan(step)
		if cut && !c.Cut {
			w.meter.returned = step.At
		}
	}
}

// view has Ben look at Ana in the full size, once she is there.
func (w *watch) view() {
	if w.media != nil {
		return
	}
	for _, p := range w.ben.Channel.Snapshot().Participants {
		if p.Media != nil {
			w.media = p.Media
			w.media.Surface(conference.Camera)
			w.media.SetView(conference.Camera, w.width, w.height, true)
		}
	}
}

// picture is the newest picture, nil if there is none since the last time.
func (w *watch) picture() *image.RGBA {
	if w.media == nil {
		return nil
	}
	if img, fresh := w.media.Surface(conference.Camera).Take(); fresh {
		return img
	}
	return nil
}

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
