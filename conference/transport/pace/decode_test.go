package pace_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/receive"
	"confab/conference/media/send"
	"confab/conference/transport/bandwidth"
)

// show is a test picture that is sent through a way, and somebody who watches it.
type show struct {
	t      *testing.T
	way    *way
	video  *send.Video
	peer   *send.VideoPeer
	viewer *receive.Video
	pool   media.Pool
	paint  *pattern.Painter
	number uint32
	lose   func(p left) bool // nil: nothing is lost

	seen    []uint32 // numbers of the pictures that were decoded
	heights []int
	plis    int
}

func newShow(t *testing.T, o *oracle) *show {
	s := &show{t: t, paint: pattern.NewPainter(640, 360, "test")}
	s.video = send.NewVideo(send.VideoOptions{Pool: &s.pool, Report: func(err error) { t.Error(err) }})
	s.viewer = receive.NewVideo(receive.VideoOptions{
		RoundTrip:       func() time.Duration { return 30 * time.Millisecond },
		RequestKeyFrame: func() { s.plis++; s.peer.RequestKeyFrame() },
		RequestRepair: func(numbers []uint16) {
			numbers = append([]uint16(nil), numbers...)
			time.AfterFunc(15*time.Millisecond, func() { s.way.Repair(media.Camera, numbers) })
		},
		OnFrame: func(f *media.VideoFrame) {
			code, ok := pattern.ReadCode(f)
			if !ok {
				t.Error("a picture cannot be read")
			}
			s.seen, s.heights = append(s.seen, code.Frame), append(s.heights, f.Height)
		},
	})
	s.way = newWay(t, o, func(w *way) {
		w.wires[media.Camera].next = func(p left) {
			if p.kind == "padding" || s.lose != nil && s.lose(p) {
				return
			}
			time.AfterFunc(15*time.Millisecond, func() {
				s.viewer.Push(time.Now(), &rtp.Packet{Header: p.header, Payload: p.payload})
			})
		}
	})
	s.peer = s.video.Add("viewer", s.way.Line(media.Camera))
	return s
}

// run sends 30 pictures a second and has the sender look when a slot begins anew.
func (s *show) run(d time.Duration) {
	for range int(d * 30 / time.Second) {
		f := s.pool.Frame(640, 360)
		s.number++
		f.Captured = time.Now()
		s.paint.Draw(f, s.number, f.Captured)
		s.video.Offer(f)
		f.Release()
		next := time.After(time.Second / 30)
		for waiting := true; waiting; {
			select {
			case <-s.way.asked:
				s.peer.Restart()
			case <-next:
				waiting = false
			}
		}
	}
}

// close ends the show and checks that what was seen came in order.
func (s *show) close() receive.VideoStats {
	s.t.Helper()
	time.Sleep(time.Second)
	st := s.viewer.Stats(time.Now())
	s.peer.Close()
	s.way.Close()
	s.video.Close()
	s.viewer.Close()
	if n := s.pool.Outstanding(); n != 0 {
		s.t.Errorf("%d pictures were not released", n)
	}
	for i := 1; i < len(s.seen); i++ {
		if s.seen[i] < s.seen[i-1] {
			s.t.Errorf("picture %d after %d", s.seen[i], s.seen[i-1])
		}
	}
	return st
}

func TestADecoderSeesNoSeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := oracleOf(1_000_000)
		s := newShow(t, o)
		s.run(2 * time.Second)
		// Slower step by step: other rates, another tier, then back.
		for _, rate := range []int{600_000, 140_000, 1_000_000} {
			o.set(func(d *bandwidth.Decision) { d.Budget, d.Pace = rate, rate*3/2 })
			s.run(4 * time.Second)
		}
		// A collapse, with a drain.
		slow := bandwidth.Decision{Budget: 255_000, Pace: 270_000, Draining: true}
		o.set(func(d *bandwidth.Decision) { *d = slow })
		slow.Restart, slow.RestartAfter = 300_000, 50*time.Millisecond
		o.tell(slow)
		s.run(300 * time.Millisecond)
		o.set(func(d *bandwidth.Decision) { d.Draining = false })
		s.run(time.Second)
		// An outage.
		o.set(func(d *bandwidth.Decision) { d.Muted = true })
		s.run(time.Second)
		o.set(func(d *bandwidth.Decision) { d.Muted = false })
		s.run(time.Second)
		// A pace that the pictures do not keep to.
		o.set(func(d *bandwidth.Decision) { d.Pace = 130_000 })
		s.run(2 * time.Second)
		// A view that is hidden, and shown small.
		s.peer.SetView(0, 0, false)
		s.run(time.Second)
		s.peer.SetView(0, 180, true)
		s.run(time.Second)
		st := s.close()
		if s.plis != 0 || st.NACKCount != 0 || st.PacketsLost != 0 {
			t.Errorf("the viewer asked for %d key frames and %d repairs, and misses %d packets, of a stream of which nothing was lost", s.plis, st.NACKCount, st.PacketsLost)
		}
		if st.FramesDropped > 3 { // halves of pictures that were thrown away
			t.Errorf("%d pictures arrived that could not be decoded", st.FramesDropped)
		}
		tiers := map[int]int{}
		for _, h := range s.heights {
			tiers[h]++
		}
		if tiers[360] < 150 || tiers[180] < 90 || len(tiers) != 2 {
			t.Errorf("pictures by height: %v", tiers)
		}
	})
}

func TestLossIsRepairedWithoutKeyFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, oracleOf(1_000_000))
		n := 0
		s.lose = func(p left) bool {
			n++
			return p.kind == "rtp" && n%20 == 0 || p.kind == "repair" && n%3 == 0
		}
		s.run(8 * time.Second)
		st := s.close()
		if s.plis != 0 || len(s.seen) < 230 || st.NACKCount == 0 {
			t.Errorf("%d pictures of 240, %d requests for key frames", len(s.seen), s.plis)
		}
	})
}
