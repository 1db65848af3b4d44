package receive_test

import (
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/receive"
)

// stepped replaces an end's Video by one whose pictures keep step with sound that is heard so late.
func (e *end) stepped(sound time.Duration) {
	e.t.Helper()
	if err := e.video.Close(); err != nil {
		e.t.Error(err)
	}
	e.video = receive.NewVideo(receive.VideoOptions{
		Slot:            e.call.slot,
		Pool:            &e.pool,
		RequestKeyFrame: func() { time.AfterFunc(e.delay, e.peer.RequestKeyFrame) },
		OnFrame:         e.see,
		Captured: func(stamp uint32) (time.Time, bool) {
			now := time.Now()
			ago := time.Duration(media.Ticks(now, media.VideoClockRate)-stamp) * time.Second / media.VideoClockRate
			return now.Add(-ago), true
		},
		Heard: func(now time.Time) (time.Time, bool) { return now.Add(-sound), true },
	})
}

func TestPicturesAreShownWithTheirSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 320, 180)
		e := c.join(10*time.Millisecond, lossy(3, 0, 20*time.Millisecond))
		e.stepped(149 * time.Millisecond)
		began := time.Now()
		c.run(4 * time.Second)
		c.close()
		e.check(119, 30)
		for _, s := range e.shown[60:] {
			latency := s.at.Sub(began) - time.Duration(s.number-1)*time.Second/30
			if d := latency - 115*time.Millisecond; d.Abs() > 2*time.Millisecond {
				t.Fatalf("picture %d is shown after %v, want 115 ms", s.number, latency)
			}
		}
		if s := e.video.Stats(time.Now()); s.FramesDropped != 0 || s.FreezeCount != 0 {
			t.Errorf("%d pictures dropped, %d freezes", s.FramesDropped, s.FreezeCount)
		}
	})
}

func TestClosingForgetsPicturesThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 320, 180)
		e := c.join(10*time.Millisecond, nil)
		e.stepped(500 * time.Millisecond)
		c.run(4 * time.Second) // each waits for 200 ms by now
		if err := e.video.Close(); err != nil {
			t.Error(err)
		}
		shown := len(e.shown)
		c.close()
		if len(e.shown) != shown {
			t.Errorf("%d pictures after Close", len(e.shown)-shown)
		}
	})
}
