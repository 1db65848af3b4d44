package conferencetest_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"math/rand/v2"
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

// chance is a number from 0 to below 1 that the seed and the purpose decide.
func (r *run) chance(purpose uint64) float64 { return rand.New(rand.NewPCG(r.seed, purpose)).Float64() }

// Purposes of chance.
const (
	ofArrival = iota + 1
	ofSteps
)

// steps are the scenario's, up to a second later: where they meet pictures and reports differs.
func (r *run) steps() []step {
	late := time.Duration(r.chance(ofSteps) * float64(time.Second))
	var all []step
	for _, s := range r.scenario.steps {
		all = append(all, step{s.after + late, s.change})
	}
	return all
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
	time.Sleep(time.Duration(r.chance(ofArrival) * float64(time.Second)))
	ben, err := room.Enter(ctx, conferencetest.PersonOptions{Name: "Ben", Cable: back})
	if err != nil {
		return nil, err
	}
	w := &watch{run: r, meter: &meter{run: r, fullLines: r.height}, ana: ana, ben: ben, there: there, back: back}
	end, err := w.inviteOthers(ctx, room)
	defer func() { err = errors.Join(err, end()) }()
	if err != nil {
		return nil, err
	}
	return w.call(ctx)
}

// inviteOthers has the scenario's others come, until end.
func (w *watch) inviteOthers(ctx context.Context, room *conferencetest.Room) (end func() error, err error) {
	var closers []func() error
	end = func() error {
		var errs []error
		for _, c := range closers {
			errs = append(errs, c())
		}
		return errors.Join(errs...)
	}
	look := func(room *conferencetest.Room, name string, number uint64) error {
		cable := conferencetest.NewCable(conferencetest.NewLink(w.scenario.path, w.seed<<8+number))
		closers = append(closers, cable.Close)
		p, err := room.Enter(ctx, conferencetest.PersonOptions{Name: name, Cable: cable})
		w.others = append(w.others, &viewer{person: p})
		return err
	}
	for n := range w.scenario.viewers {
		if err := look(room, fmt.Sprintf("Viewer %d", n+1), uint64(n)); err != nil {
			return end, err
		}
	}
	if !w.scenario.rival {
		return end, nil
	}
	elsewhere, err := conferencetest.NewRoom(conferencetest.RoomOptions{RealSockets: w.real})
	if err != nil {
		return end, err
	}
	closers = append(closers, elsewhere.Close)
	if _, err := elsewhere.Enter(ctx, conferencetest.PersonOptions{Name: "Chen", Cable: w.there, Clip: w.clip}); err != nil {
		return end, err
	}
	return end, look(elsewhere, "Dina", 100)
}

// watch looks at a call while it is held.
type watch struct {
	*run
	meter       *meter
	ana, ben    *conferencetest.Person
	there, back *conferencetest.Cable
	media       *conference.RemoteMedia // of Ana at Ben's
	others      []*viewer
}

func (w *watch) call(ctx context.Context) (figures, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	start := time.Now().Add(w.warmUp)
	end := start.Add(w.scenario.length)
	w.meter.start = start
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
		stats, ok := of(w.ben, "Ana")
		if !ok {
			continue
		}
		trace.look(now, stats)
		switch {
		case now.Before(start):
		case !began:
			began = true
			w.meter.begin(now, stats)
			w.each((*viewer).begin)
		default:
			w.meter.look(now, stats, w.picture())
		}
	}
	if !began {
		return nil, errors.New("the two never met")
	}
	f := w.meter.figures(end, w.there.Passages())
	w.compare(f)
	return f, nil
}

// plan has the path change while it is measured.
func (w *watch) plan(start time.Time) {
	c := w.scenario.path
	for _, s := range w.steps() {
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

// view has everybody look in the full size at whoever films, once they are there.
func (w *watch) view() {
	if w.media == nil {
		w.media = w.lookAt(w.ben, "Ana")
	}
	for _, v := range w.others {
		if v.media == nil {
			v.media = w.lookAt(v.person, v.filmed())
		}
	}
}

// lookAt has p look at somebody; nil if they are not there.
func (w *watch) lookAt(p *conferencetest.Person, name string) *conference.RemoteMedia {
	for _, q := range p.Channel.Snapshot().Participants {
		if q.Name == name && q.Media != nil {
			q.Media.Surface(conference.Camera)
			q.Media.SetView(conference.Camera, w.width, w.height, true)
			return q.Media
		}
	}
	return nil
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
