package send

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media"
)

func TestTiersGoDownFromTheCapturedSize(t *testing.T) {
	hd, middle, small := classes[0], classes[1], classes[2]
	capped := func(c class) rates {
		r := c.rates
		r.most, r.least, r.floor = min(r.most, 300_000), min(r.least, 300_000), min(r.floor, 300_000)
		return r
	}
	for name, c := range map[string]struct {
		slot          media.Slot
		width, height int
		maxBitrate    int
		want          []rung
	}{
		"720p": {media.Camera, 1280, 720, 0, []rung{
			{hd.name, 1280, 720, hd.rates}, {middle.name, 640, 360, middle.rates}, {small.name, 320, 180, small.rates},
		}},
		"360p": {media.Camera, 640, 360, 0, []rung{
			{middle.name, 640, 360, middle.rates}, {small.name, 320, 180, small.rates},
		}},
		"VGA": {media.Camera, 640, 480, 0, []rung{
			{middle.name, 640, 480, middle.rates}, {small.name, 240, 180, small.rates},
		}},
		"180p": {media.Camera, 320, 180, 0, []rung{{small.name, 320, 180, small.rates}}},
		"capped": {media.Camera, 1280, 720, 300_000, []rung{
			{hd.name, 1280, 720, capped(hd)}, {middle.name, 640, 360, capped(middle)}, {small.name, 320, 180, capped(small)},
		}},
		"portrait": {media.Camera, 720, 1280, 0, []rung{
			{hd.name, 720, 1280, hd.rates}, {middle.name, 202, 360, middle.rates}, {small.name, 102, 180, small.rates},
		}},
		"a line":     {media.Camera, 1, 8192, 0, []rung{{hd.name, 1, 8192, hd.rates}, {middle.name, 2, 360, middle.rates}, {small.name, 2, 180, small.rates}}},
		"odd screen": {media.Screen, 1919, 1079, 0, []rung{{"screen", 1919, 1079, screenRates}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := ladder(c.slot, c.width, c.height, c.maxBitrate)
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(rung{}, rates{})); diff != "" {
				t.Errorf("ladder (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheSmallestTierThatFillsTheViewIsPicked(t *testing.T) {
	rungs := ladder(media.Camera, 1280, 720, 0)
	for height, want := range map[int]int{
		0: 0, -5: 0, 1: 2, 180: 2, 200: 2, 201: 1, 360: 1, 400: 1, 401: 0, 720: 0, 5000: 0,
	} {
		if got := pick(rungs, height); got != want {
			t.Errorf("pick(%d) = %d, want %d", height, got, want)
		}
	}
}

func TestKeyFramesAreCoalesced(t *testing.T) {
	var g gate
	now := time.Unix(1000, 0)
	if g.take(now) || !g.due().IsZero() {
		t.Error("a key frame that nobody asked for")
	}
	g.request()
	if !g.take(now) {
		t.Error("the first request must be served by the next picture")
	}
	g.request()
	g.request()
	if g.take(now.Add(299 * time.Millisecond)) {
		t.Error("two key frames within 300 ms")
	}
	if !g.take(now.Add(300*time.Millisecond)) || g.take(now.Add(time.Second)) {
		t.Error("two requests want one key frame")
	}
	g.request()
	g.served()
	if g.take(now.Add(time.Hour)) {
		t.Error("the key frame that has just left serves what was asked before")
	}
}

func TestTheEncoderIsToldHowManyPicturesCome(t *testing.T) {
	c := cadence{told: 30}
	now := time.Unix(1000, 0)
	feed := func(framesPerSecond int, seconds float64) (told []float64) {
		for range int(seconds * float64(framesPerSecond)) {
			if rate, changed := c.count(now); changed {
				told = append(told, math.Round(rate))
			}
			now = now.Add(time.Second / time.Duration(framesPerSecond))
		}
		return told
	}
	for _, step := range []struct {
		framesPerSecond int
		want            []float64
	}{{30, nil}, {15, []float64{15}}, {16, nil}, {1, []float64{5}}, {200, []float64{60}}} {
		got := feed(step.framesPerSecond, 5)
		if len(got) > 1 { // a second that had both rates
			got = got[len(got)-1:]
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("at %d pictures a second (-want +got):\n%s", step.framesPerSecond, diff)
		}
	}
	now = now.Add(time.Minute)
	if _, changed := c.count(now); changed {
		t.Error("a pause counts as a rate")
	}
}

func TestTheSampleClockIsExactAndFollowsPauses(t *testing.T) {
	var c sampleClock
	now := time.Now()
	first, _, jumped := c.block(now)
	if !jumped {
		t.Error("the first block follows nothing")
	}
	for i := range uint32(100) {
		jitter := time.Duration(i%7) * time.Millisecond
		now = now.Add(10 * time.Millisecond)
		if got, _, jumped := c.block(now.Add(jitter)); got != first+480*(i+1) || jumped {
			t.Fatalf("block %d begins at %d, want %d", i+1, got-first, 480*(i+1))
		}
	}
	now = now.Add(5 * time.Second)
	got, _, jumped := c.block(now)
	if d := int(got - first); !jumped || d < 6*48000-960 || d > 6*48000+960 {
		t.Errorf("after 6 s of which 5 were a pause: %d ticks, jumped %v", d, jumped)
	}
	if back, _, _ := c.block(now.Add(-time.Hour)); int32(back-got) < 0 {
		t.Error("the clock went back")
	}
}

func TestABurstAfterStillnessIsNoticedAtOnce(t *testing.T) {
	c := cadence{told: 5}
	now := time.Unix(1000, 0)
	c.count(now)
	for i := 1; i <= 30; i++ {
		now = now.Add(time.Second / 30)
		if rate, changed := c.count(now); changed {
			if i > 9 || math.Round(rate) != 30 {
				t.Errorf("after %d pictures: %.1f a second", i, rate)
			}
			return
		}
	}
	t.Error("not noticed")
}
