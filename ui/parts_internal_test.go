package ui

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/media/capture"
)

type remoteStub struct{ n int }

func (*remoteStub) Surface(conference.Slot) *media.Surface  { return nil }
func (*remoteStub) SetView(conference.Slot, int, int, bool) {}
func (*remoteStub) Volume() float64                         { return 1 }
func (*remoteStub) SetVolume(float64)                       {}

func TestWishIsToldAtOnceAndThenWhenItHasSettled(t *testing.T) {
	t0, ben := time.Unix(1000, 0), &remoteStub{1}
	at := func(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }
	var w wish
	for _, s := range []struct {
		ms     int
		remote Remote
		view   want
		due    bool
	}{
		{0, nil, want{640, 360}, false},   // nobody to ask
		{10, ben, want{640, 360}, true},   // the first
		{20, ben, want{640, 360}, false},  // told already
		{30, ben, want{650, 366}, false},  // changes
		{100, ben, want{700, 394}, false}, // and again
		{200, ben, want{700, 394}, false}, // has not settled
		{250, ben, want{700, 394}, true},  // has
		{260, ben, want{}, false},         // hidden
		{300, ben, want{700, 394}, false}, // and back before anybody was told
		{500, ben, want{700, 394}, false},
		{510, &remoteStub{2}, want{700, 394}, true}, // a new connection knows nothing
	} {
		if due := w.step(at(s.ms), s.remote, s.view); due != s.due {
			t.Errorf("after %d ms: due %v, want %v", s.ms, due, s.due)
		}
	}
}

func TestWaitingCommandsOfOneKeyBecomeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		defer w.close()
		var done []string
		note := func(s string) func(context.Context) {
			return func(context.Context) { done = append(done, s); time.Sleep(time.Second) }
		}
		w.enqueue("a", note("a1"))
		synctest.Wait() // a1 is under way
		w.enqueue("a", note("a2"))
		w.enqueue("b", note("b1"))
		w.enqueue("", note("end"))
		w.enqueue("a", note("a3"))
		w.enqueue("", note("end"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a1", "b1", "end", "a3", "end"}, done); diff != "" {
			t.Error(diff)
		}
	})
}

func TestClosedWorkerDropsWhatWaitsAndStopsWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		stopped, late := false, false
		w.enqueue("", func(ctx context.Context) { <-ctx.Done(); stopped = true })
		synctest.Wait()
		w.enqueue("", func(context.Context) { late = true })
		w.close()
		w.close()
		w.enqueue("", func(context.Context) { late = true })
		synctest.Wait()
		if !stopped || late {
			t.Errorf("stopped %v, late %v", stopped, late)
		}
	})
}

func TestClosedGateLetsNothingThrough(t *testing.T) {
	var posted []func()
	var through []string
	g := NewGate(func(f func()) { posted = append(posted, f) })
	note := func(s string) func() { return func() { through = append(through, s) } }
	g.Post(note("first"))
	posted[0]()
	g.Post(note("posted before, called after"))
	g.last(note("last"))
	if g.Post(note("too late")) {
		t.Error("Post = true after the gate is closed")
	}
	g.last(note("a second last"))
	g.Close()
	for _, f := range posted[1:] {
		f()
	}
	if diff := cmp.Diff([]string{"first", "last"}, through); diff != "" {
		t.Error(diff)
	}
}

func TestTickComesAtMostThirtyTimesASecond(t *testing.T) {
	t0, ticks := time.Unix(1000, 0), 0
	c := newClock(func(time.Time) { ticks++ })
	for frame := range 600 { // ten seconds at 60 Hz, with a little jitter
		c.frame(t0.Add(time.Duration(frame)*time.Second/60 + time.Duration(frame%3)*time.Millisecond))
	}
	if ticks < 290 || ticks > 310 {
		t.Errorf("%d ticks in ten seconds", ticks)
	}
}

func TestDurationReadsAsAClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "00:00", 0: "00:00", 61*time.Second + 900*time.Millisecond: "01:01",
		12*time.Minute + 41*time.Second: "12:41", time.Hour + 2*time.Minute + 3*time.Second: "1:02:03",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestMeterShowsSpeechInItsUpperHalfAndNothingWhenOff(t *testing.T) {
	for _, c := range []struct {
		level     float64
		on        bool
		low, high float64
	}{{0.1, true, 0.6, 0.95}, {1, true, 1, 1}, {0.0001, true, 0, 0.2}, {0, true, 0, 0}, {0.1, false, 0, 0}} {
		if got := meterLevel(c.level, c.on); got < c.low || got > c.high {
			t.Errorf("meterLevel(%g, %v) = %g, want %g to %g", c.level, c.on, got, c.low, c.high)
		}
	}
}

func TestChoicesTellTheTruthAboutTheDeviceInUse(t *testing.T) {
	devices := []capture.Device{
		{Kind: capture.Camera, ID: "a", Name: "Webcam"},
		{Kind: capture.Camera, ID: "b", Name: "Webcam", Default: true},
		{Kind: capture.Microphone, ID: "a", Name: "Headset"},
	}
	for spec, want := range map[string]string{
		"": "Webcam (default)", "default": "Webcam (default)", "a": "Webcam", "b": "Webcam (2)",
		"test": "Test signal", "test:ana": "Test signal", "file:/tmp/clip.y4m": "clip.y4m",
		"none": "None", "gone": "Not plugged in",
	} {
		c := deviceChoices(devices, capture.Camera, spec)
		if got := c.names[c.selected]; got != want {
			t.Errorf("%q: selected %q, want %q", spec, got, want)
		}
		if slices.Contains(c.names, "Headset") {
			t.Error("a microphone is offered as a camera")
		}
	}
	if c := deviceChoices(nil, capture.Speaker, ""); c.names[0] != "System default" {
		t.Errorf("without devices: %q", c.names)
	}
}

func TestBarsStayWhileThePointerIsOnThem(t *testing.T) {
	b := newBars(newSpacer(1))
	t0 := time.Unix(1000, 0)
	b.area.MouseIn(nil)
	b.tick(t0, true)
	b.area.MouseOut() // onto a button
	b.tick(t0.Add(time.Minute), true)
	if !b.hidden[0].Visible() {
		t.Error("hidden under the pointer")
	}
	b.area.MouseIn(nil)
	b.tick(t0.Add(2*time.Minute), true)
	b.tick(t0.Add(2*time.Minute+4*time.Second), true)
	if b.hidden[0].Visible() {
		t.Error("there 4 s after the last movement")
	}
	b.area.MouseMoved(nil)
	if !b.tick(t0.Add(3*time.Minute), true) || !b.hidden[0].Visible() {
		t.Error("not back after a movement")
	}
	b.tick(t0.Add(time.Hour), false)
	if !b.hidden[0].Visible() {
		t.Error("hidden outside of full screen")
	}
}

func TestHeaderShortensTheRoomBeforeItOverlaps(t *testing.T) {
	object := func(width float32) fyne.CanvasObject {
		o := newSpacer(20)
		o.(interface{ SetMinSize(fyne.Size) }).SetMinSize(fyne.NewSize(width, 20))
		return o
	}
	o := []fyne.CanvasObject{object(900), object(60), object(80), object(400)}
	headerLayout{}.Layout(o, fyne.NewSize(800, 56))
	for i := 1; i < len(o); i++ {
		if end := o[i-1].Position().X + o[i-1].Size().Width; end > o[i].Position().X {
			t.Errorf("object %d ends at %g, the next begins at %g", i-1, end, o[i].Position().X)
		}
	}
	if end := o[3].Position().X + o[3].Size().Width; end > 800-windowEdge+0.5 {
		t.Errorf("the last ends at %g", end)
	}
}

func TestInvitationIsAPageWhereBrowsersTrustTheServer(t *testing.T) {
	const key, pin = "0123456789abcdefghijklmnopqrstuv", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	for server, want := range map[string]string{
		"wss://h/calls":       "https://h/calls/r/a%20b#" + key,
		"wss://h#pin=" + pin:  "confab://h/a%20b#" + key + "&pin=" + pin,
		"ws://h:8443":         "confab://h:8443/a%20b?via=ws#" + key,
		"lan:":                "confab:///a%20b?via=lan#" + key,
		"nats://h?prefix=c.":  "confab://h/a%20b?query=prefix%3Dc.&via=nats#" + key,
		"antmedia+wss://h/ws": "confab://h/a%20b?path=%2Fws&via=antmedia%2Bwss#" + key,
	} {
		if got := (&Request{Signaling: server, Room: "a b", Key: key}).inviting(); got != want {
			t.Errorf("%s: %s, want %s", server, got, want)
		}
	}
}
