package receive

import (
	"testing"
	"time"

	"confab/conference/media"
)

func TestFreezesAreThoseOfWebRTCStats(t *testing.T) {
	var p pace
	now := time.Unix(1000, 0)
	show := func(intervals ...time.Duration) {
		for _, d := range intervals {
			now = now.Add(d * time.Millisecond)
			p.show(now)
		}
	}
	for range 40 {
		show(40)
	}
	show(189) // below 40 + 150 ms
	if p.freezes != 0 {
		t.Errorf("an interval of 189 ms is a freeze of pictures every 40 ms")
	}
	for range 40 {
		show(40)
	}
	show(190)
	if p.freezes != 1 || p.frozen != 190*time.Millisecond {
		t.Errorf("%d freezes of %v, want one of 190 ms", p.freezes, p.frozen)
	}
	for range 40 {
		show(100)
	}
	show(299) // below 3 x 100 ms
	p.pause()
	show(5000)
	if p.freezes != 1 {
		t.Errorf("%d freezes, want none of an interval below three means, nor of a pause", p.freezes)
	}
	for range 40 {
		show(100)
	}
	if show(300); p.freezes != 2 {
		t.Errorf("%d freezes, want one of three means", p.freezes)
	}
}

func TestPicturesPerSecondAreThoseOfTheLastSecond(t *testing.T) {
	var p pace
	now := time.Unix(1000, 0)
	for range 100 {
		now = now.Add(50 * time.Millisecond)
		p.show(now)
	}
	if got := p.framesPerSecond(now); got < 18 || got > 22 {
		t.Errorf("%.1f pictures a second, want 20", got)
	}
	now = now.Add(2 * time.Second)
	p.framesPerSecond(now)
	now = now.Add(time.Second)
	if got := p.framesPerSecond(now); got != 0 {
		t.Errorf("%.1f pictures a second after 3 s without any", got)
	}
}

func TestCamerasCoverTheirViewAndScreensLieInsideIt(t *testing.T) {
	for _, c := range []struct {
		slot          media.Slot
		view          view
		width, height int
		wantW, wantH  int
	}{
		{media.Camera, view{400, 300, false}, 1280, 720, 400, 300},
		{media.Camera, view{400, 300, true}, 1280, 720, 0, 0},
		{media.Camera, view{0, 300, false}, 1280, 720, 0, 0},
		{media.Camera, view{1 << 30, 10, false}, 1280, 720, media.MaxDimension, 10},
		{media.Screen, view{400, 300, false}, 1600, 900, 400, 225},
		{media.Screen, view{400, 300, false}, 900, 1600, 169, 300},
		{media.Screen, view{400, 300, false}, 800, 600, 400, 300},
		{media.Screen, view{400, 300, false}, 8192, 1, 400, 1},
		{media.Screen, view{1, 1, false}, 1, 8192, 1, 1},
	} {
		if w, h := c.view.size(c.slot, c.width, c.height); w != c.wantW || h != c.wantH {
			t.Errorf("%v of %dx%d in %+v: %dx%d, want %dx%d", c.slot, c.width, c.height, c.view, w, h, c.wantW, c.wantH)
		}
	}
}

func TestTheHighestLayerIsThatOfTheLastSeconds(t *testing.T) {
	var w layerWatch
	now := time.Unix(1000, 0)
	w.see(now, 2)
	w.see(now.Add(900*time.Millisecond), 0)
	if got := w.highest(now.Add(1500 * time.Millisecond)); got != 2 {
		t.Errorf("layer %d, want 2", got)
	}
	w.see(now.Add(1600*time.Millisecond), 1)
	if got := w.highest(now.Add(2600 * time.Millisecond)); got != 1 {
		t.Errorf("layer %d, want 1", got)
	}
	if got := w.highest(now.Add(time.Minute)); got != 0 {
		t.Errorf("layer %d after a minute of nothing", got)
	}
}
