package receive_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

func TestPicturesArriveWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		e := c.join(10*time.Millisecond, nil)
		c.run(3 * time.Second)
		c.close()
		e.check(88, 33)
		s := e.video.Stats(time.Now())
		if s.FreezeCount != 0 || s.PLICount != 0 || s.NACKCount != 0 || s.PacketsLost != 0 || s.KeyFramesDecoded != 1 {
			t.Errorf("Stats = %+v", s)
		}
		if s.FrameWidth != 640 || s.FramesDecoded != uint64(len(e.shown)) {
			t.Errorf("Stats = %+v, %d pictures", s, len(e.shown))
		}
	})
}

func TestLossIsRepaired(t *testing.T) {
	for name, c := range map[string]struct {
		fraction float64
		jitter   time.Duration
		gap      time.Duration
	}{
		"2 %":                {0.02, 0, 300 * time.Millisecond},
		"10 %":               {0.10, 0, 500 * time.Millisecond},
		"reordering":         {0, 30 * time.Millisecond, 120 * time.Millisecond},
		"5 % and reordering": {0.05, 15 * time.Millisecond, 400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call := newCall(t, 640, 360)
				e := call.join(20*time.Millisecond, lossy(7, c.fraction, c.jitter))
				call.run(4 * time.Second)
				call.close()
				e.check(110, 33)
				if gap := e.gap(); gap > c.gap {
					t.Errorf("the longest gap is %v, want at most %v", gap, c.gap)
				}
				t.Logf("gap %v, %d pictures, %+v", e.gap(), len(e.shown), e.video.Stats(time.Now()))
			})
		})
	}
}

func TestLostUpperLayersFreezeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		e := c.join(20*time.Millisecond, func(_ *rtp.Header, payload []byte, _ bool) (bool, time.Duration) {
			d, _, err := vp8rtp.Parse(payload)
			return err == nil && d.TemporalID == 0, 0
		})
		c.run(4 * time.Second)
		c.close()
		e.check(30, 30)
		s := e.video.Stats(time.Now())
		if s.PLICount != 0 || s.KeyFramesDecoded != 1 || s.TemporalLayer != 0 {
			t.Errorf("Stats = %+v, want no request for a key frame", s)
		}
		if gap := e.gap(); gap > 290*time.Millisecond { // 133 ms between them, and what is waited for repairs
			t.Errorf("the longest gap is %v with every fourth picture", gap)
		}
	})
}

func TestALostBaseFrameIsAnsweredByAKeyFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		var doomed uint32 // RTP timestamp of a base frame none of whose packets arrives, ever
		start := time.Now()
		e := c.join(20*time.Millisecond, func(h *rtp.Header, payload []byte, _ bool) (bool, time.Duration) {
			if d, _, _ := vp8rtp.Parse(payload); doomed == 0 && d.TemporalID == 0 && time.Since(start) > 2*time.Second {
				doomed = h.Timestamp
			}
			return doomed == 0 || h.Timestamp != doomed, 0
		})
		c.run(4 * time.Second)
		c.close()
		e.check(100, 33)
		s := e.video.Stats(time.Now())
		if s.KeyFramesDecoded != 2 || s.FreezeCount != 1 || s.PLICount != 1 {
			t.Errorf("Stats = %+v, want one freeze, ended by one key frame", s)
		}
		if gap := e.gap(); gap > 400*time.Millisecond {
			t.Errorf("the longest gap is %v", gap)
		}
		t.Logf("gap %v, %+v", e.gap(), s)
	})
}

func TestAfterACutThePictureIsBackAtOnce(t *testing.T) {
	for name, cut := range map[string]time.Duration{"half a second": 500 * time.Millisecond, "three seconds": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCall(t, 640, 360)
				start := time.Now()
				e := c.join(20*time.Millisecond, func(*rtp.Header, []byte, bool) (bool, time.Duration) {
					since := time.Since(start)
					return since < time.Second || since > time.Second+cut, 0
				})
				c.run(cut + 3*time.Second)
				c.close()
				e.check(75, 33)
				s := e.video.Stats(time.Now())
				if gap := e.gap(); gap > cut+350*time.Millisecond || s.FreezeCount != 1 {
					t.Errorf("the longest gap is %v, Stats = %+v", gap, s)
				}
				t.Logf("gap %v, %+v", e.gap(), s)
			})
		})
	}
}

func TestPeersShareEncodersAndChangeTiersSeamlessly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 1280, 720)
		large, middle, other := c.join(10*time.Millisecond, nil), c.join(10*time.Millisecond, nil), c.join(10*time.Millisecond, nil)
		middle.peer.SetView(640, 360, true)
		other.peer.SetView(600, 350, true)
		c.run(600 * time.Millisecond)
		if s := c.video.Stats(); len(s) != 2 || s[0].Tier != "camera-720p" || s[1].Tier != "camera-360p" {
			t.Errorf("encoders = %+v, want one of 720p and one of 360p", s)
		}
		middle.peer.SetView(1280, 720, true)
		other.peer.SetView(320, 180, true)
		large.peer.SetView(0, 0, false)
		c.run(600 * time.Millisecond)
		if s := c.video.Stats(); len(s) != 2 || s[0].Tier != "camera-720p" || s[1].Tier != "camera-180p" {
			t.Errorf("encoders = %+v, want one of 720p and one of 180p", s)
		}
		large.peer.SetView(1280, 720, true)
		c.run(600 * time.Millisecond)
		c.close()
		for _, e := range []*end{middle, other} {
			e.check(52, 30)
			if s := e.video.Stats(time.Now()); s.PLICount != 0 || s.NACKCount != 0 || s.FreezeCount != 0 {
				t.Errorf("Stats = %+v after a change of tier", s)
			}
			if gap := e.gap(); gap > 100*time.Millisecond {
				t.Errorf("the longest gap is %v at a change of tier", gap)
			}
		}
		if first, last := middle.shown[0], middle.shown[len(middle.shown)-1]; first.width != 640 || last.width != 1280 {
			t.Errorf("widths from %d to %d, want 640 to 1280", first.width, last.width)
		}
		if last := other.shown[len(other.shown)-1]; last.width != 320 || last.height != 180 {
			t.Errorf("last picture %dx%d, want 320x180", last.width, last.height)
		}
		if n := len(large.shown); n < 34 || n > 38 {
			t.Errorf("%d pictures of 1.8 s with 0.6 hidden", n)
		}
	})
}

func TestAStillScreenArrivesThoughItsLastPacketsAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCallOf(t, media.Screen, 801, 451)
		start := time.Now()
		e := c.join(20*time.Millisecond, func(*rtp.Header, []byte, bool) (bool, time.Duration) {
			since := time.Since(start)
			return since < 900*time.Millisecond || since > 1050*time.Millisecond, 0
		})
		c.run(time.Second)
		e.video.SetView(400, 400, true)
		time.Sleep(10 * time.Second)
		img, _ := e.video.Surface().Take()
		if img == nil || img.Rect.Dx() != 400 || img.Rect.Dy() != 225 {
			t.Fatalf("shown: %v, want all of it in 400x225", img)
		}
		late := c.join(20*time.Millisecond, nil)
		time.Sleep(time.Second)
		c.close()
		for _, e := range []*end{e, late} {
			e.check(1, 33)
			if last := e.shown[len(e.shown)-1]; last.number != c.number || last.width != 801 || last.height != 451 {
				t.Errorf("the last picture is %+v, want number %d", last, c.number)
			}
			if s := e.video.Stats(time.Now()); s.FreezeCount != 0 {
				t.Errorf("Stats = %+v: a still screen is no freeze", s)
			}
		}
	})
}
