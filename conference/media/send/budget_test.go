package send_test

import (
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/send"
)

// carrying is a line whose path carries so many bits per second.
func carrying(t *testing.T, bitsPerSecond int) *sink {
	return &sink{t: t, budget: media.Budget{BitsPerSecond: bitsPerSecond, TopLayer: 2, KeyFrameBytes: bitsPerSecond * 150 / 8000}}
}

func TestATierRunsAtTheRateOfThePeerThatTakesMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 1280, 720)
		fast, slow := carrying(t, 2_000_000), carrying(t, 1_500_000)
		p := src.video.Add("fast", fast)
		q := src.video.Add("slow", slow)
		src.run(2 * time.Second)
		if st := src.video.Stats(); len(st) != 1 || st[0].TargetBitrate != 2_000_000 {
			t.Fatalf("encoders = %+v", st)
		}
		if p.Stats().TemporalLayer != 2 || q.Stats().TemporalLayer != 1 {
			t.Errorf("layers %d and %d, want 2 and 1", p.Stats().TemporalLayer, q.Stats().TemporalLayer)
		}
		if a, b := len(fast.take()), len(slow.take()); a < 58 || b < a/2 || b > a/2+3 {
			t.Errorf("%d and %d pictures", a, b)
		}
		// One that cannot even take the base of it gets a smaller tier, and does not slow the others down.
		slow.set(func(b *media.Budget) { b.BitsPerSecond = 700_000 })
		src.run(2 * time.Second)
		if st := src.video.Stats(); len(st) != 2 || st[0].TargetBitrate != 2_000_000 || st[1].TargetBitrate != 700_000 {
			t.Errorf("encoders = %+v", st)
		}
		if got := q.Stats(); got.Tier != "camera-360p" || got.TemporalLayer != 2 {
			t.Errorf("the slow peer gets %+v", got)
		}
		// Alone on it, 700 kbit/s are enough for the large tier.
		p.Close()
		src.run(5 * time.Second)
		if st := src.video.Stats(); len(st) != 1 || st[0].TargetBitrate != 700_000 || q.Stats().Tier != "camera-720p" {
			t.Errorf("encoders = %+v, the peer gets %+v", st, q.Stats())
		}
		src.close(t)
	})
}

func TestEncodersAreToldOfChangesThatMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := carrying(t, 500_000)
		src.video.Add("peer", out)
		for _, rate := range []int{500_000, 505_000, 496_000, 480_000, 600_000} {
			out.set(func(b *media.Budget) { b.BitsPerSecond = rate })
			src.run(200 * time.Millisecond)
		}
		src.close(t)
		if len(s.rates) != 2 || s.rates[0] != 480_000 || s.rates[1] != 600_000 {
			t.Errorf("rates told = %v, want 480,000 and 600,000", s.rates)
		}
		if len(s.keys) != 1 || s.keys[0] != 9_375 {
			t.Errorf("limits of key frames = %v", s.keys)
		}
	})
}

func TestWhatNobodyCanTakeIsNotEncoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		one, two := carrying(t, 500_000), carrying(t, 500_000)
		src.video.Add("one", one)
		src.video.Add("two", two)
		src.run(time.Second)
		_, _, before := s.counts()
		one.set(func(b *media.Budget) { b.Hold = true })
		src.run(time.Second)
		_, _, half := s.counts()
		two.set(func(b *media.Budget) { b.Hold = true })
		src.run(time.Second)
		_, _, after := s.counts()
		if half-before < 29 || after-half > 1 {
			t.Errorf("%d pictures encoded for one peer, %d for nobody", half-before, after-half)
		}
		src.close(t)
	})
}

func TestAPathThatBeginsAnewGetsTheLatestPictureAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 1280, 720)
		out, other := carrying(t, 2_000_000), carrying(t, 2_000_000)
		p := src.video.Add("peer", out)
		src.video.Add("other", other)
		src.run(time.Second)
		for range 3 { // one after the other: no request waits for 300 ms
			out.set(func(b *media.Budget) { b.Hold, b.NeedKey, b.Generation = true, true, b.Generation+1 })
			src.offer(7)
			time.Sleep(50 * time.Millisecond)
			src.offer(9)
			latest := media.Ticks(time.Now(), media.VideoClockRate)
			synctest.Wait()
			out.take()
			time.Sleep(10 * time.Millisecond)
			out.set(func(b *media.Budget) { b.Hold, b.BitsPerSecond, b.KeyFrameBytes = false, 400_000, 2_500 })
			p.Restart()
			synctest.Wait()
			got := out.take()
			if len(got) != 1 || !got[0].key || got[0].ticks != latest || time.Since(got[0].at) != 0 || got[0].width != 320 {
				t.Fatalf("after the restart the peer got %+v, want a small key frame of the latest picture", got)
			}
			if k := s.keys[len(s.keys)-1]; k != 2_500 {
				t.Errorf("limit of the key frame = %d", k)
			}
		}
		if n := keys(other.take()); n != 1 {
			t.Errorf("the other peer got %d key frames, want the first alone", n)
		}
		src.close(t)
	})
}

func TestALineThatThrewPicturesAwayGetsAKeyFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := carrying(t, 500_000)
		src.video.Add("peer", out)
		src.run(time.Second)
		out.take()
		for range 4 {
			out.set(func(b *media.Budget) { b.NeedKey = true })
			src.run(100 * time.Millisecond)
		}
		src.run(time.Second)
		if n := keys(out.take()); n < 2 || n > 3 {
			t.Errorf("%d key frames for 4 needs in 400 ms, want one in 300 ms", n)
		}
		src.close(t)
	})
}

func TestAHiddenPictureAsksForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 1280, 720)
		out := carrying(t, 2_000_000)
		p := src.video.Add("peer", out)
		src.run(100 * time.Millisecond)
		for _, c := range []struct {
			height  int
			visible bool
			want    int
		}{{720, true, 2_500_000}, {360, true, 800_000}, {180, true, 200_000}, {720, false, 0}, {0, true, 2_500_000}} {
			p.SetView(0, c.height, c.visible)
			src.run(100 * time.Millisecond)
			if out.demand != c.want {
				t.Errorf("a view of %d, %v asks for %d bits per second, want %d", c.height, c.visible, out.demand, c.want)
			}
		}
		src.video.Clear()
		if out.demand != 0 || out.clears == 0 {
			t.Errorf("after Clear: demand %d, %d times cleared", out.demand, out.clears)
		}
		src.close(t)
	})
}

func TestAScreenThatIsShortOfBitsGetsFewerPictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := studio{size: 20_000}
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder, Slot: media.Screen}, 1920, 1080)
		out := carrying(t, 1_000_000) // 6.25 such pictures a second
		src.video.Add("peer", out)
		for range 300 {
			src.offer(5)
			time.Sleep(time.Second / 30)
		}
		if n := len(out.take()); n < 60 || n > 66 {
			t.Errorf("%d pictures in 10 s, want 62", n)
		}
		src.offer(6)
		time.Sleep(10 * time.Second)
		if got := out.take(); len(got) == 0 || got[len(got)-1].mark != 6 {
			t.Errorf("%d pictures; the last one of a screen that became still was left out", len(got))
		}
		src.close(t)
	})
}

// shortage is a machine on which a picture takes so long to encode.
func shortage(t *testing.T, took time.Duration, cpuTime func() time.Duration, d time.Duration) (perSecond int, tier string) {
	t.Helper()
	s := studio{took: took}
	src := newSource(t, send.VideoOptions{NewEncoder: s.encoder, CPUTime: cpuTime}, 1280, 720)
	out := carrying(t, 2_000_000)
	p := src.video.Add("peer", out)
	src.run(d)
	out.take()
	src.run(time.Second)
	perSecond, tier = len(out.take()), p.Stats().Tier
	src.close(t)
	return perSecond, tier
}

func TestAMachineThatIsShortEncodesLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		working := func() time.Duration { return time.Since(start) } // while an encoder sleeps it works
		if n, tier := shortage(t, 28*time.Millisecond, working, 4*time.Second); n < 14 || n > 16 || tier != "camera-720p" {
			t.Errorf("%d pictures a second of %s, want half", n, tier)
		}
		// Others take the machine's time: it takes long, but we get through with it.
		third := func() time.Duration { return time.Since(start) / 3 }
		if n, tier := shortage(t, 28*time.Millisecond, third, 5*time.Second); n < 29 || tier != "camera-720p" {
			t.Errorf("%d pictures a second of %s on a machine that others use too, want all", n, tier)
		}
		// We do not get through with it any more.
		if n, tier := shortage(t, 45*time.Millisecond, third, 4*time.Second); n < 14 || n > 16 || tier != "camera-720p" {
			t.Errorf("%d pictures a second of %s on a machine that others take, want half", n, tier)
		}
	})
}

func Test48LossIndicationsAreOneKeyFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := carrying(t, 800_000)
		p := src.video.Add("peer", out)
		src.run(time.Second)
		out.take()
		for range 48 {
			p.RequestKeyFrame()
			src.offer(1)
			time.Sleep(299 * time.Millisecond / 48)
		}
		src.run(100 * time.Millisecond)
		if n := keys(out.take()); n != 1 {
			t.Errorf("%d key frames, want one", n)
		}
		src.close(t)
	})
}
