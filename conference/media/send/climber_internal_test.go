package send

import (
	"testing"
	"time"

	"confab/conference/media"
)

// least720 is what the tiers of a 720p camera need.
var least720 = []int{600_000, 150_000, 40_000}

// climb lets a climber see a budget for d, 30 times a second, and gives the tiers it chose, in order.
func climb(c *climber, now *time.Time, bitsPerSecond int, d time.Duration) (tiers []int) {
	rungs := ladder(media.Camera, 1280, 720, 0)
	b := media.Budget{BitsPerSecond: bitsPerSecond, TopLayer: topLayer, KeyFrameBytes: bitsPerSecond / 8 * 150 / 1000}
	for end := now.Add(d); now.Before(end); *now = now.Add(time.Second / 30) {
		at := c.choose(*now, b, rungs, 0, least720)
		if len(tiers) == 0 || tiers[len(tiers)-1] != at {
			tiers = append(tiers, at)
		}
	}
	return tiers
}

func last(tiers []int) int { return tiers[len(tiers)-1] }

func TestATierIsChosenByWhatThePathCarries(t *testing.T) {
	for rate, want := range map[int]int{5_000_000: 0, 600_000: 0, 599_000: 1, 150_000: 1, 149_000: 2, 1_000: 2} {
		now := time.Unix(1000, 0)
		if got := climb(new(climber), &now, rate, time.Second/30); got[0] != want {
			t.Errorf("first tier at %d bits per second = %d, want %d", rate, got[0], want)
		}
	}
}

func TestTiersGoDownAfterHalfASecondAndUpAfterARest(t *testing.T) {
	var c climber
	now := time.Unix(1000, 0)
	climb(&c, &now, 2_000_000, 10*time.Second)
	if got := climb(&c, &now, 400_000, 450*time.Millisecond); last(got) != 0 {
		t.Error("down at once")
	}
	if got := climb(&c, &now, 700_000, time.Second); last(got) != 0 {
		t.Error("a short dip took the tier down")
	}
	if got := climb(&c, &now, 400_000, 600*time.Millisecond); last(got) != 1 {
		t.Errorf("after half a second: %v", got)
	}
	if got := climb(&c, &now, 2_000_000, 1800*time.Millisecond); last(got) != 1 {
		t.Error("up within the rest of 2 s")
	}
	if got := climb(&c, &now, 2_000_000, time.Second); last(got) != 0 {
		t.Errorf("after the rest: %v", got)
	}
	// What is between the limits changes nothing.
	if got := climb(&c, &now, 520_000, 5*time.Second); len(got) != 1 || got[0] != 0 {
		t.Errorf("at 87 %% of what the tier needs: %v", got)
	}
	climb(&c, &now, 400_000, time.Second)
	if got := climb(&c, &now, 680_000, 10*time.Second); len(got) != 1 || got[0] != 1 {
		t.Errorf("at 113 %% of what the larger tier needs: %v", got)
	}
}

func TestRepeatedFallsMakeTheRestLonger(t *testing.T) {
	var c climber
	now := time.Unix(1000, 0)
	climb(&c, &now, 2_000_000, 6*time.Second)
	var rests []time.Duration
	for range 6 {
		climb(&c, &now, 400_000, time.Second)
		from := now
		for c.at != 0 {
			climb(&c, &now, 2_000_000, time.Second/30)
		}
		rests = append(rests, now.Sub(from).Round(time.Second))
	}
	if rests[0] > 3*time.Second || rests[5] < 9*time.Second || rests[5] > 11*time.Second {
		t.Errorf("rests = %v, want 2 s that grow to 10", rests)
	}
	climb(&c, &now, 2_000_000, time.Minute)
	climb(&c, &now, 400_000, time.Second)
	from := now
	for c.at != 0 {
		climb(&c, &now, 2_000_000, time.Second/30)
	}
	if d := now.Sub(from); d > 3*time.Second {
		t.Errorf("after a quiet minute the rest is %v", d)
	}
}

func TestAPathThatBeginsAnewGetsATierWhoseKeyFrameFits(t *testing.T) {
	rungs := ladder(media.Camera, 1280, 720, 0)
	for name, c := range map[string]struct{ rate, key, want int }{
		"much":                    {2_400_000, 14_000, 0},
		"just enough, none spare": {620_000, 14_000, 1},
		"key frame too large":     {900_000, 5_000, 1},
		"500 kbit/s":              {370_000, 2_500, 2},
		"nothing":                 {20_000, 1_600, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var x climber
			now := time.Unix(1000, 0)
			climb(&x, &now, 3_000_000, time.Second)
			b := media.Budget{BitsPerSecond: c.rate, KeyFrameBytes: c.key, Generation: 1, Hold: true}
			if got := x.choose(now, b, rungs, 0, least720); got != 0 {
				t.Errorf("tier while nothing passes = %d", got)
			}
			b.Hold = false
			if got := x.choose(now, b, rungs, 0, least720); got != c.want {
				t.Errorf("tier = %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheViewBoundsTheTierAtOnce(t *testing.T) {
	var c climber
	now := time.Unix(1000, 0)
	rungs := ladder(media.Camera, 1280, 720, 0)
	b := media.Budget{BitsPerSecond: 2_000_000, TopLayer: topLayer}
	for i, step := range []struct{ top, want int }{{0, 0}, {2, 2}, {1, 1}, {0, 0}} {
		if got := c.choose(now, b, rungs, step.top, least720); got != step.want {
			t.Errorf("step %d: tier %d, want %d", i, got, step.want)
		}
	}
	b.BitsPerSecond = 300_000
	c.choose(now, b, rungs, 2, least720)
	if got := c.choose(now, b, rungs, 0, least720); got != 1 {
		t.Errorf("a view that grows gets tier %d, want what the path carries, 1", got)
	}
	if got := new(climber).choose(now, b, rungs[:1], 0, least720[:1]); got != 0 {
		t.Errorf("of one tier: %d", got)
	}
}

func TestPeersThatTakeLessGetFewerLayers(t *testing.T) {
	layer := uint8(topLayer)
	for _, step := range []struct {
		part float64
		want uint8
	}{{1, 2}, {0.91, 2}, {0.89, 1}, {0.92, 1}, {0.96, 2}, {0.5, 0}, {0.57, 0}, {0.61, 1}, {2, 2}} {
		if layer = layerFor(layer, int(step.part*1e6), 1e6); layer != step.want {
			t.Errorf("at %.0f %% of the rate: layer %d, want %d", step.part*100, layer, step.want)
		}
	}
	hd := classes[0]
	if hd.need(0) != 600_000 || hd.need(1_000_000) != 600_000 || hd.need(2_500_000) != 1_050_000 {
		t.Errorf("needs = %d, %d, %d", hd.need(0), hd.need(1_000_000), hd.need(2_500_000))
	}
	if hd.usable(1) != 250_000 || hd.usable(1e9) != 2_500_000 || hd.usable(700_000) != 700_000 {
		t.Error("usable rates are not those of the tier")
	}
}

func TestAShortMachineGetsHalfThePicturesThenSmallerOnes(t *testing.T) {
	var g governor
	one, two := new(tier), new(tier)
	now := time.Unix(1000, 0)
	work := func(load float64, d time.Duration) (levels []int) {
		for end := now.Add(d); now.Before(end); now = now.Add(time.Second / 30) {
			g.took(one, time.Duration(load*float64(time.Second/30)), 0)
			g.took(two, time.Millisecond, 0)
			if g.look(now, 3) {
				levels = append(levels, g.level)
			}
		}
		return levels
	}
	if got := work(0.6, 20*time.Second); got != nil {
		t.Errorf("levels at 60 %%: %v", got)
	}
	if got := work(0.8, 3*time.Second); len(got) != 1 || got[0] != 1 || g.dropped() != 0 {
		t.Errorf("levels after 2 s at 80 %%: %v", got)
	}
	skipped := 0
	for range 30 {
		if g.skip() {
			skipped++
		}
	}
	if skipped != 15 {
		t.Errorf("%d of 30 pictures left out", skipped)
	}
	if got := work(0.9, 20*time.Second); len(got) != 2 || g.level != 3 || g.dropped() != 2 {
		t.Errorf("levels at 90 %%: %v", got)
	}
	if got := work(0.4, 60*time.Second); got != nil {
		t.Errorf("levels at 40 %%: %v", got)
	}
	if got := work(0.1, 9*time.Second); got != nil {
		t.Errorf("levels after 9 s of calm: %v", got)
	}
	if got := work(0.1, 6*time.Second); len(got) != 1 || g.level != 2 {
		t.Errorf("levels after 15 s of calm: %v", got)
	}
	work(0.9, 3*time.Second) // that was too early
	if got := work(0.1, 18*time.Second); got != nil || g.level != 3 {
		t.Errorf("after a failed recovery: %v", got)
	}
	if got := work(0.1, 6*time.Second); len(got) != 1 {
		t.Errorf("after twice the calm: %v", got)
	}
	now = now.Add(time.Minute)
	if got := work(0.1, time.Second); got != nil {
		t.Errorf("after a pause: %v", got)
	}
}

func TestPicturesThatWaitShowAShortMachine(t *testing.T) {
	for name, test := range map[string]struct {
		load   float64 // of a processor
		waited time.Duration
		want   int // level after 10 s
	}{
		"others are busy, but we get our time":         {0.2, 10 * time.Millisecond, 0},
		"nobody has time for us":                       {0.2, 30 * time.Millisecond, 3},
		"what we take is not worth what it would cost": {0.03, 30 * time.Millisecond, 0},
	} {
		var g governor
		one := new(tier)
		start := time.Unix(1000, 0)
		for n := range 300 {
			g.took(one, time.Duration(test.load*float64(time.Second/30)), test.waited)
			g.look(start.Add(time.Duration(n)*time.Second/30), 3)
		}
		if g.level != test.want {
			t.Errorf("%s: level %d, want %d", name, g.level, test.want)
		}
	}
}

func TestAScreenThatIsAheadOfItsRateWaits(t *testing.T) {
	var x thrift
	now := time.Unix(1000, 0)
	if d := x.wait(now, 1_000_000); d != 0 {
		t.Errorf("at first: %v", d)
	}
	x.spend(125_000) // a second
	if d := x.wait(now, 1_000_000); d != 850*time.Millisecond {
		t.Errorf("after a second's worth: %v", d)
	}
	if d := x.wait(now.Add(500*time.Millisecond), 1_000_000); d != 350*time.Millisecond {
		t.Errorf("half a second later: %v", d)
	}
	if d := x.wait(now.Add(time.Minute), 1_000_000); d != 0 {
		t.Errorf("a minute later: %v", d)
	}
}
