package send_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media"
	"confab/conference/media/send"
)

func keys(frames []sent) int {
	n := 0
	for _, f := range frames {
		if f.key {
			n++
		}
	}
	return n
}

func TestANewcomerStartsWithTheNextPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		first := &sink{t: t}
		src.video.Add("first", first)
		src.run(time.Second)
		second := &sink{t: t}
		src.video.Add("second", second)
		src.run(time.Second)
		src.close(t)
		for _, got := range [][]sent{first.take(), second.take()} {
			if len(got) < 29 || !got[0].key {
				t.Errorf("%d pictures, the first one a key frame: %v", len(got), got[0].key)
			}
		}
		if made, open, _ := s.counts(); made != 1 || open != 0 {
			t.Errorf("%d encoders made, %d not closed", made, open)
		}
	})
}

func TestPeersWithoutNeedForATierStopIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 1280, 720)
		src.run(time.Second)
		if made, _, _ := s.counts(); made != 0 {
			t.Error("an encoder runs for nobody")
		}
		out := &sink{t: t}
		p := src.video.Add("peer", out)
		src.run(time.Second)
		p.SetView(320, 180, false)
		src.run(time.Second)
		if len(src.video.Stats()) != 0 || p.Stats().Tier != "" {
			t.Errorf("hidden: encoders %+v, peer %+v", src.video.Stats(), p.Stats())
		}
		if n := len(out.take()); n > 31 {
			t.Errorf("%d pictures, 30 of them before the peer hid them", n)
		}
		p.SetView(320, 180, true)
		src.run(time.Second)
		if got := out.take(); !got[0].key || p.Stats().Tier != "camera-180p" {
			t.Errorf("visible again: %+v", p.Stats())
		}
		p.Close()
		p.Close()
		src.run(100 * time.Millisecond)
		if _, open, _ := s.counts(); open != 0 || len(src.video.Stats()) != 0 {
			t.Error("an encoder runs after its last peer has left")
		}
		if n := len(out.take()); n != 0 {
			t.Errorf("%d pictures after Close", n)
		}
		src.close(t)
	})
}

func TestRequestsForKeyFramesAreCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		var peers []*send.VideoPeer
		outs := []*sink{{t: t}, {t: t}, {t: t}}
		for _, out := range outs {
			peers = append(peers, src.video.Add("peer", out))
		}
		src.run(time.Second)
		for range 10 { // three peers ask ten times a second
			for _, p := range peers {
				p.RequestKeyFrame()
			}
			src.run(100 * time.Millisecond)
		}
		got := outs[1].take()
		if n := keys(got); n < 4 || n > 5 {
			t.Errorf("%d key frames, want the first one and one in 300 ms", n)
		}
		if n := peers[0].Stats().PLICount; n != 10 {
			t.Errorf("PLICount = %d, want 10", n)
		}
		src.close(t)
	})
}

func TestAChangeOfSizeStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder, MaxBitrate: 500_000}, 1280, 720)
		out := &sink{t: t}
		p := src.video.Add("peer", out)
		src.run(500 * time.Millisecond)
		src.width, src.height = 640, 480
		out.take()
		src.run(500 * time.Millisecond)
		if got := out.take(); !got[0].key || keys(got) != 1 {
			t.Errorf("%d key frames after a change of size", keys(got))
		}
		st := src.video.Stats()
		if len(st) != 1 || st[0].Width != 640 || st[0].Height != 480 || st[0].TargetBitrate != 500_000 || p.Stats().Tier != "camera-360p" {
			t.Errorf("encoders = %+v", st)
		}
		src.close(t)
	})
}

func TestAPauseEndsWithAKeyFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := &sink{t: t}
		src.video.Add("peer", out)
		src.run(time.Second)
		out.take()
		time.Sleep(900 * time.Millisecond)
		src.offer(1)
		time.Sleep(1100 * time.Millisecond)
		src.offer(2)
		time.Sleep(time.Second / 30)
		src.video.Clear()
		src.offer(3)
		synctest.Wait()
		var got []bool
		for _, f := range out.take() {
			got = append(got, f.key)
		}
		if diff := cmp.Diff([]bool{false, true, true}, got); diff != "" {
			t.Errorf("key frames after 0.9 s, 1.1 s, Clear (-want +got):\n%s", diff)
		}
		src.close(t)
	})
}

func TestNothingLeavesOnceClearHasReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := studio{took: 10 * time.Millisecond}
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder, Slot: media.Screen}, 640, 360)
		out := &sink{t: t}
		src.video.Add("peer", out)
		src.run(time.Second)
		src.offer(1)
		time.Sleep(5 * time.Millisecond) // half encoded
		src.offer(2)
		src.video.Clear()
		out.take()
		time.Sleep(5 * time.Second)
		if n := len(out.take()); n != 0 {
			t.Errorf("%d pictures after Clear", n)
		}
		src.video.Add("late", out).RequestKeyFrame()
		time.Sleep(5 * time.Second)
		if n := len(out.take()); n != 0 {
			t.Errorf("%d pictures of a source that was cleared", n)
		}
		src.close(t)
		src.video.Clear()
	})
}

func TestAStillScreenAnswersNewcomersAndGetsSharp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder, Slot: media.Screen}, 801, 601)
		out := &sink{t: t}
		p := src.video.Add("peer", out)
		src.offer(7)
		time.Sleep(10 * time.Second)
		got := out.take()
		if len(got) != 6 || !got[0].key || keys(got) != 1 || got[5].at.Sub(got[0].at) != time.Second {
			t.Errorf("%d pictures of a still screen, want the first and 5 refinements within a second", len(got))
		}
		late := &sink{t: t}
		src.video.Add("late", late)
		p.RequestKeyFrame()
		time.Sleep(10 * time.Second)
		if got := late.take(); len(got) != 1 || !got[0].key || got[0].mark != 7 || time.Since(got[0].at) != 10*time.Second {
			t.Errorf("a newcomer got %+v, want the last picture at once", got)
		}
		out.take()
		src.offer(8)
		time.Sleep(150 * time.Millisecond)
		if got := out.take(); len(got) != 1 || got[0].key || got[0].mark != 8 {
			t.Errorf("a change after stillness gives %+v, want one interframe", got)
		}
		src.close(t)
	})
}

func TestACameraThatIsSilentIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := &sink{t: t}
		src.video.Add("peer", out)
		src.run(time.Second)
		out.take()
		src.video.Add("late", out).RequestKeyFrame()
		time.Sleep(5 * time.Second)
		if n := len(out.take()); n != 0 {
			t.Errorf("%d pictures of a camera that gives none", n)
		}
		src.close(t)
	})
}

func TestTheNewestPictureWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := studio{took: 100 * time.Millisecond}
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := &sink{t: t}
		src.video.Add("peer", out)
		for i := range byte(30) {
			src.offer(i)
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second)
		got := out.take()
		if len(got) < 6 || len(got) > 8 || got[len(got)-1].mark != 29 {
			t.Errorf("%d pictures of an encoder that can do 6 in 600 ms, the last one number %d", len(got), got[len(got)-1].mark)
		}
		st := src.video.Stats()
		if st[0].FramesEncoded+st[0].FramesDropped != 30 || st[0].TotalEncodeTime != time.Duration(len(got))*s.took {
			t.Errorf("Stats = %+v", st)
		}
		src.close(t)
	})
}

func TestABrokenEncoderIsReportedOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := studio{broken: true}
		reports := make(chan error, 100)
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder, Report: func(err error) { reports <- err }}, 640, 360)
		out := &sink{t: t}
		src.video.Add("peer", out)
		src.run(5 * time.Second)
		if len(reports) != 1 || !errors.Is(<-reports, errBroken) {
			t.Error("want one report")
		}
		if made, _, _ := s.counts(); made < 4 || made > 6 {
			t.Errorf("%d attempts in 5 s, want one a second", made)
		}
		s.setBroken(false)
		src.run(3 * time.Second)
		if got := out.take(); len(got) < 55 || !got[0].key {
			t.Errorf("%d pictures after the encoder was repaired", len(got))
		}
		s.setBroken(true)
		src.run(100 * time.Millisecond)
		s.setBroken(false)
		out.take()
		src.run(2 * time.Second)
		if got := out.take(); len(got) == 0 || !got[0].key {
			t.Errorf("%d pictures after a failure, want a key frame first", len(got))
		}
		if len(reports) != 1 {
			t.Errorf("%d reports of the second failure, want one", len(reports))
		}
		src.close(t)
	})
}

func TestFewerTemporalLayersMeanFewerPictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		all, base := &sink{t: t}, &sink{t: t}
		src.video.Add("all", all)
		p := src.video.Add("base", base)
		p.SetTemporalLayers(1)
		src.run(2 * time.Second)
		if a, b := len(all.take()), len(base.take()); a < 58 || b < a/4 || b > a/4+2 {
			t.Errorf("%d pictures, %d of one layer", a, b)
		}
		p.SetTemporalLayers(3)
		src.run(2 * time.Second)
		if b := base.take(); len(b) < 54 || keys(b) != 0 || p.Stats().TemporalLayer != 2 {
			t.Errorf("%d pictures with %d key frames after the layers are back", len(b), keys(b))
		}
		src.close(t)
	})
}

func TestAClosedVideoTakesCallsButSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s studio
		src := newSource(t, send.VideoOptions{NewEncoder: s.encoder}, 640, 360)
		out := &sink{t: t}
		before := src.video.Add("before", out)
		src.close(t)
		after := src.video.Add("after", out)
		src.run(time.Second)
		for _, p := range []*send.VideoPeer{before, after} {
			p.SetView(1, 1, true)
			p.RequestKeyFrame()
			p.Close()
		}
		src.close(t)
		if n := len(out.take()); n != 0 {
			t.Errorf("%d pictures", n)
		}
	})
}
