package pace_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/transport/bandwidth"
)

func TestSoundWaitsForThePacketUnderWayAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(2_000_000), func(w *way) {
			for _, x := range w.wires {
				x.took = 3 * time.Millisecond
			}
		})
		camera, sound := w.Line(media.Camera), w.Line(media.Microphone)
		camera.SetDemand(2_500_000)
		var s studio
		pushed := map[uint32]time.Time{}
		for i := range 200 { // 4 s
			if i%2 == 0 {
				camera.Push(time.Now(), s.picture(i == 0, 12_000), 2)
			}
			time.Sleep(7 * time.Millisecond)
			ticks := uint32(960 * i)
			pushed[ticks] = time.Now()
			sound.PushSound(&media.EncodedSound{Data: []byte("sound"), RTPTime: ticks, Level: media.SoundLevel(i)})
			time.Sleep(13 * time.Millisecond)
		}
		packets := w.log.take()
		heard := of(packets, media.Microphone, "rtp")
		if len(heard) != 200 {
			t.Fatalf("%d packets of sound, want 200", len(heard))
		}
		offset := heard[0].header.Timestamp
		for i, p := range heard {
			if p.level != media.SoundLevel(i) {
				t.Fatalf("packet %d left with level %d", i, p.level)
			}
			if d := p.at.Sub(pushed[p.header.Timestamp-offset]); d > 6*time.Millisecond {
				t.Fatalf("sound left %v after it was pushed, want its own 3 ms and at most 3 of another's", d)
			}
		}
		if n := len(of(packets, media.Camera, "rtp")); n < 300 {
			t.Errorf("%d packets of pictures", n)
		}
		w.Close()
		w.Close()
	})
}

func TestPicturesLeaveAtThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil) // pace 1.5 Mbit/s
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(2_500_000)
		var s studio
		start := time.Now()
		camera.Push(start, s.picture(true, 18_000), 2)
		time.Sleep(time.Second)
		packets := w.log.take()
		bytes := 0
		for _, p := range packets {
			bytes += len(p.payload) + 64
			if due := time.Duration(bytes) * 8 * time.Second / 1_500_000; p.at.Sub(start) < due-15*time.Millisecond || p.at.Sub(start) > due+15*time.Millisecond {
				t.Fatalf("%d bytes have left after %v, want about %v", bytes, p.at.Sub(start), due)
			}
		}
		if len(packets) != 16 {
			t.Errorf("%d packets of 18,000 bytes", len(packets))
		}
	})
}

func TestLateLayersAreDroppedFromTheTopAndLeaveNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(300_000), nil)
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(800_000)
		var s studio
		needs := 0
		for i := range 150 { // 5 s, about 430 kbit/s into a pace of 450 that becomes 300
			if i == 60 {
				w.oracle.set(func(d *bandwidth.Decision) { d.Budget, d.Pace = 200_000, 300_000 })
			}
			if camera.Budget().NeedKey {
				needs++
			}
			camera.Push(time.Now(), s.picture(i == 0, 1_800), 2)
			time.Sleep(time.Second / 30)
		}
		time.Sleep(time.Second)
		st := w.Stats().Slots[media.Camera]
		if needs != 1 || st.FramesDropped == 0 || st.FramesSent < 60 {
			t.Errorf("needed %d key frames, want the first; %+v", needs, st)
		}
		// Whatever was left out, each picture that left can be decoded: of the base all did.
		got := layersOf(w.log.take())
		base := 0
		for _, c := range got {
			if c == '0' {
				base++
			}
		}
		if base != 38 {
			t.Errorf("%d base pictures of 38 left: %s", base, got)
		}
	})
}

func TestBeyondTwiceTheDeadlineEverythingGoesAndAKeyFrameIsNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(100_000), nil)
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(800_000)
		var s studio
		if camera.Push(time.Now(), s.picture(false, 500), 2) {
			t.Error("a picture was taken before a key frame")
		}
		s = studio{}
		taken := 0
		for i := range 8 { // 4,000 bytes of a base picture are 217 ms
			f := s.picture(i == 0, 4_000)
			f.TemporalID = 0
			if camera.Push(time.Now(), f, 2) {
				taken++
			}
		}
		if taken != 2 || !camera.Budget().NeedKey {
			t.Errorf("%d pictures taken, want 2; %+v", taken, camera.Budget())
		}
		time.Sleep(10 * time.Millisecond)
		if !camera.Push(time.Now(), s.picture(true, 2_000), 2) || camera.Budget().NeedKey {
			t.Error("the key frame was not taken")
		}
		time.Sleep(time.Second)
		packets := of(w.log.take(), media.Camera, "rtp")
		last := packets[len(packets)-1]
		if !last.header.Marker || w.Stats().Slots[media.Camera].FramesSent < 1 {
			t.Errorf("last packet %+v", last.header)
		}
	})
}

func TestARestartBeginsAnewWithAKeyFrameThatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(2_500_000), nil)
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(2_500_000)
		var s studio
		for i := range 20 {
			camera.Push(time.Now(), s.picture(i == 0, 8_000), 2)
			time.Sleep(time.Second / 30)
		}
		camera.Push(time.Now(), s.picture(false, 30_000), 2)
		time.Sleep(2 * time.Millisecond)
		before := of(w.log.take(), media.Camera, "rtp")
		generation := camera.Budget().Generation
		slow := bandwidth.Decision{Budget: 425_000, Pace: 450_000, Draining: true}
		w.oracle.set(func(d *bandwidth.Decision) { *d = slow })
		once := slow
		once.Restart, once.RestartAfter = 500_000, 50*time.Millisecond
		w.oracle.tell(once)
		at := time.Now()
		w.Feedback([]bandwidth.Result{})
		synctest.Wait()
		b := camera.Budget()
		if !b.Hold || !b.NeedKey || b.Generation == generation || b.KeyFrameBytes != 2_500 || b.TopLayer != 0 {
			t.Errorf("budget at the restart = %+v", b)
		}
		if camera.Push(time.Now(), s.picture(true, 2_000), 2) {
			t.Error("a picture was taken while nothing may leave")
		}
		var numbers []uint16
		for _, p := range before {
			numbers = append(numbers, p.header.SequenceNumber)
		}
		w.Repair(media.Camera, numbers)
		slot := <-w.asked
		if d := time.Since(at); slot != media.Camera || d != 50*time.Millisecond {
			t.Errorf("a key frame of %v was asked for after %v, want 50 ms", slot, d)
		}
		camera.Push(time.Now(), s.picture(true, 2_400), 2)
		for range 4 {
			time.Sleep(time.Second / 30)
			camera.Push(time.Now(), s.picture(false, 500), 2)
		}
		w.Repair(media.Camera, numbers)
		time.Sleep(100 * time.Millisecond)
		packets := w.log.take()
		if n := len(of(packets, media.Camera, "repair")); n != 0 {
			t.Errorf("%d repairs of what left before the restart", n)
		}
		if got := layersOf(packets); got != "00" {
			t.Errorf("layers that left while draining = %q, want the key frame and one base picture", got)
		}
		if b := camera.Budget(); b.KeyFrameBytes <= 2_500 || b.Hold {
			t.Errorf("budget after the key frame = %+v", b)
		}
	})
}

func TestAnOutageHoldsPicturesBackAndLetsSoundPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		camera, sound := w.Line(media.Camera), w.Line(media.Microphone)
		camera.SetDemand(800_000)
		var s studio
		camera.Push(time.Now(), s.picture(true, 20_000), 2)
		w.oracle.set(func(d *bandwidth.Decision) { d.Muted = true })
		time.Sleep(20 * time.Millisecond)
		w.log.take()
		for i := range uint32(50) {
			sound.PushSound(&media.EncodedSound{Data: []byte("sound"), RTPTime: i * 960})
			camera.Push(time.Now(), s.picture(false, 1_000), 2)
			time.Sleep(20 * time.Millisecond)
		}
		packets := w.log.take()
		if len(packets) != 50 || len(of(packets, media.Microphone, "rtp")) != 50 {
			t.Errorf("%d packets left, want 50 of sound", len(packets))
		}
		if b := camera.Budget(); !b.Hold || !b.NeedKey || !w.Stats().Muted {
			t.Errorf("budget = %+v", b)
		}
		w.oracle.set(func(d *bandwidth.Decision) { d.Muted = false })
		back := time.Now()
		if <-w.asked; time.Since(back) > 50*time.Millisecond {
			t.Errorf("a key frame was asked for after %v", time.Since(back))
		}
		if !camera.Push(time.Now(), s.picture(true, 1_000), 2) {
			t.Error("the key frame was not taken")
		}
	})
}

func TestTheBaseIsRepairedTwiceAndUpperLayersOnlyWhileTheyAreOfUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(2_000_000), nil)
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(2_500_000)
		var s studio
		for i := range 8 { // key 2 1 2 0 2 1 2
			camera.Push(time.Now(), s.picture(i == 0, 800), 2)
			time.Sleep(time.Second / 30)
		}
		sent := of(w.log.take(), media.Camera, "rtp")
		if len(sent) != 8 {
			t.Fatalf("%d packets", len(sent))
		}
		number := func(i int) uint16 { return sent[i].header.SequenceNumber }
		w.Repair(media.Camera, []uint16{number(4), number(6), number(7), number(7), 1, 2, 3})
		start := time.Now()
		time.Sleep(100 * time.Millisecond)
		var order []uint16
		var at []time.Duration
		for _, p := range of(w.log.take(), media.Camera, "repair") {
			order = append(order, p.header.SequenceNumber-number(0))
			at = append(at, p.at.Sub(start).Round(time.Millisecond))
			if string(p.payload) != string(sent[p.header.SequenceNumber-number(0)].payload) {
				t.Errorf("repair of %d is not what left", p.header.SequenceNumber)
			}
		}
		if len(order) != 4 || order[0] != 4 || order[1] != 6 || order[2] != 7 || order[3] != 4 || at[3]-at[0] != 20*time.Millisecond {
			t.Errorf("repaired %v at %v, want 4, 6, 7, and 4 once more 20 ms later", order, at)
		}
		time.Sleep(400 * time.Millisecond)
		w.Repair(media.Camera, []uint16{number(4), number(6), number(7)})
		time.Sleep(100 * time.Millisecond)
		if n := len(of(w.log.take(), media.Camera, "repair")); n != 2 {
			t.Errorf("%d repairs after 400 ms, want the base twice", n)
		}
		camera.Push(time.Now(), s.picture(true, 800), 2)
		time.Sleep(10 * time.Millisecond)
		w.log.take()
		w.Repair(media.Camera, []uint16{number(0), number(4), number(0) + 8})
		time.Sleep(100 * time.Millisecond)
		if n := len(of(w.log.take(), media.Camera, "repair")); n != 2 {
			t.Errorf("%d repairs after a key frame, want that twice", n)
		}
		if st := w.Stats(); st.Slots[media.Camera].Repairs != 8 || st.RepairBitrate == 0 {
			t.Errorf("Stats = %+v", st)
		}
	})
}

func TestRepairsOfTheBaseLeaveBeforeEverythingButSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(800_000), nil)
		defer w.Close()
		camera, screen := w.Line(media.Camera), w.Line(media.Screen)
		camera.SetDemand(800_000)
		screen.SetDemand(2_000_000)
		var s, d studio
		camera.Push(time.Now(), s.picture(true, 900), 2)
		time.Sleep(50 * time.Millisecond)
		first := of(w.log.take(), media.Camera, "rtp")[0]
		camera.Push(time.Now(), s.picture(false, 2_000), 2) // layer 2
		screen.Push(time.Now(), d.picture(true, 5_000), 2)
		synctest.Wait() // a burst has left
		w.log.take()
		w.Repair(media.Camera, []uint16{first.header.SequenceNumber})
		w.Line(media.Microphone).PushSound(&media.EncodedSound{Data: []byte("sound")})
		time.Sleep(15 * time.Millisecond)
		packets := w.log.take()
		if packets[0].slot != media.Microphone || packets[1].kind != "repair" || packets[2].slot != media.Screen {
			t.Errorf("left: %v %s, %v %s, %v %s", packets[0].slot, packets[0].kind, packets[1].slot, packets[1].kind, packets[2].slot, packets[2].kind)
		}
	})
}

func TestAProbeIsMediaFirstAndPaddingForTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(2_500_000)
		var s studio
		camera.Push(time.Now(), s.picture(true, 1_000), 2)
		time.Sleep(50 * time.Millisecond)
		w.log.take()
		probe := w.oracle.say()
		probe.Probe = &bandwidth.Probe{Rate: 3_000_000, Packets: 6}
		camera.Push(time.Now(), s.picture(false, 2_300), 2)
		w.oracle.tell(probe)
		w.Feedback(nil)
		time.Sleep(100 * time.Millisecond)
		packets := w.log.take()
		trains := w.oracle.trains()
		if len(trains) != 1 {
			t.Fatalf("ProbeSent %v", trains)
		}
		bytes, media, padding := 0, 0, 0
		for _, p := range packets {
			if p.at.Before(trains[0][0]) || p.at.After(trains[0][1]) {
				continue
			}
			if bytes += len(p.payload) + 50; p.kind == "padding" {
				padding++
			} else if media++; padding > 0 {
				t.Error("media waited for padding")
			}
		}
		if span := trains[0][1].Sub(trains[0][0]); span < 15*time.Millisecond || span > 21*time.Millisecond || bytes < 7_000 || media == 0 || padding < 4 {
			t.Errorf("%d bytes, %d packets of media and %d of padding left in %v, want 7,200 bytes in some 19 ms", bytes, media, padding, span)
		}
		if w.Stats().PaddingBytes == 0 {
			t.Error("no padding is counted")
		}
	})
}

func TestAWireThatIsStuckOrDownHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		bad := newWay(t, oracleOf(1_000_000), func(w *way) { w.wires[media.Microphone].stuck = stuck })
		down := newWay(t, oracleOf(1_000_000), func(w *way) {
			for _, x := range w.wires {
				x.down = true
			}
		})
		good := newWay(t, oracleOf(1_000_000), nil)
		var s studio
		start := time.Now()
		for _, w := range []*way{bad, down, good} {
			w.Line(media.Camera).SetDemand(800_000)
		}
		for i := range 30 {
			f := s.picture(i == 0, 1_000)
			for _, w := range []*way{bad, down, good} {
				w.Line(media.Microphone).PushSound(&media.EncodedSound{Data: []byte("sound"), RTPTime: uint32(i) * 960})
				w.Line(media.Camera).Push(time.Now(), f, 2)
				w.Repair(media.Camera, []uint16{1, 2})
				w.Feedback(nil)
				w.Stats()
			}
			time.Sleep(20 * time.Millisecond)
		}
		if d := time.Since(start); d != 600*time.Millisecond {
			t.Errorf("pushing took %v", d)
		}
		if n := len(good.log.take()); n != 60 {
			t.Errorf("%d packets left on the good path, want 60", n)
		}
		if n := down.Stats().WriteErrors; n != 60 {
			t.Errorf("%d errors, want 60", n)
		}
		start = time.Now()
		bad.Line(media.Microphone).Clear()
		if d := time.Since(start); d > 100*time.Millisecond {
			t.Errorf("Clear took %v", d)
		}
		if err := bad.Close(); err == nil {
			t.Error("Close of a stuck path says that it has ended")
		}
		close(stuck)
		if err := errors.Join(bad.Close(), down.Close(), good.Close()); err != nil {
			t.Error(err)
		}
		if n := len(bad.log.take()); n > 1 {
			t.Errorf("%d packets left after Close", n)
		}
		if bad.Line(media.Camera).Push(time.Now(), s.picture(true, 1), 2) {
			t.Error("a closed path took a picture")
		}
		bad.Line(media.Microphone).PushSound(&media.EncodedSound{Data: []byte("x")})
	})
}

func TestNothingPushedBeforeClearLeavesAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), func(w *way) {
			for _, x := range w.wires {
				x.took = time.Millisecond
			}
		})
		defer w.Close()
		camera, sound := w.Line(media.Camera), w.Line(media.Microphone)
		camera.SetDemand(2_500_000)
		var s studio
		for range 20 {
			camera.Push(time.Now(), s.picture(true, 15_000), 2)
			sound.PushSound(&media.EncodedSound{Data: []byte("one")})
			sound.PushSound(&media.EncodedSound{Data: []byte("two"), RTPTime: 960})
			time.Sleep(500 * time.Microsecond)
			sound.Clear()
			camera.Clear()
			var numbers []uint16
			for _, p := range of(w.log.take(), media.Camera, "rtp") {
				numbers = append(numbers, p.header.SequenceNumber)
			}
			w.Repair(media.Camera, numbers)
			time.Sleep(100 * time.Millisecond)
			if n := len(w.log.take()); n != 0 {
				t.Fatalf("%d packets left after Clear", n)
			}
		}
	})
}

func TestAHiddenSlotLeavesItsShareToTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_200_000), nil)
		defer w.Close()
		camera, screen := w.Line(media.Camera), w.Line(media.Screen)
		camera.SetDemand(2_500_000)
		alone := camera.Budget().BitsPerSecond
		screen.SetDemand(5_000_000)
		both, shared := camera.Budget().BitsPerSecond, screen.Budget().BitsPerSecond
		if alone < 1_100_000 || shared < 700_000 || both < 300_000 || both+shared > alone+2 {
			t.Errorf("camera %d alone, %d beside a screen of %d", alone, both, shared)
		}
		time.Sleep(50 * time.Millisecond)
		camera.Push(time.Now(), new(studio).picture(true, 1_000), 2)
		time.Sleep(50 * time.Millisecond)
		if !w.oracle.wants() {
			t.Error("more could be used than the path carries, and the estimator is not told")
		}
		w.SetLimit(600_000)
		if got := camera.Budget().BitsPerSecond + screen.Budget().BitsPerSecond; got > 600_000 || w.Stats().AvailableOutgoingBitrate != 600_000 {
			t.Errorf("%d bits per second under a limit of 600,000", got)
		}
		camera.Push(time.Now(), new(studio).picture(true, 1_000), 2)
		time.Sleep(60 * time.Millisecond) // it looks at the clock each 50 ms
		if w.oracle.wants() {
			t.Error("the limit, not the path, is what holds us")
		}
		if d := w.Demand(); d != 7_500_000 {
			t.Errorf("Demand = %d", d)
		}
	})
}

func TestReportsOfPeersWithoutFeedbackReachTheEstimator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := oracleOf(1_000_000)
		p := newWay(t, o, nil)
		defer p.Close()
		want := bandwidth.Report{FractionLost: 0.25, RoundTripTime: time.Second}
		p.Report(bandwidth.Report{FractionLost: 1}) // the newest counts
		p.Report(want)
		p.Limit(500_000)
		synctest.Wait()
		if report, limit := o.told(); report != want || limit != 500_000 {
			t.Errorf("the estimator was told %+v and %d", report, limit)
		}
		if trip := p.Stats().RoundTripTime; trip != 30*time.Millisecond {
			t.Errorf("round trip %v", trip)
		}
	})
}

func TestAnIdlePathIsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := oracleOf(1_000_000)
		w := newWay(t, o, nil)
		defer w.Close()
		w.Line(media.Microphone).PushSound(&media.EncodedSound{Data: []byte("x"), Start: true})
		time.Sleep(10 * time.Second)
		w.oracle.set(func(*bandwidth.Decision) {})
		o.mu.Lock()
		o.used = true
		o.mu.Unlock()
		time.Sleep(10 * time.Second)
		o.mu.Lock()
		defer o.mu.Unlock()
		if !o.used {
			t.Error("the estimator is asked though nothing has left for 10 s")
		}
	})
}

func TestPayloadsAreTheFramesBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(5_000_000), nil)
		defer w.Close()
		w.Line(media.Camera).SetDemand(2_500_000)
		f := new(studio).picture(true, 10_000)
		for i := range f.Data[4:] {
			f.Data[4+i] = byte(i * 7)
		}
		w.Line(media.Camera).Push(time.Now(), f, 2)
		time.Sleep(time.Second)
		var got []byte
		for _, p := range w.log.take() {
			got = append(got, p.payload[vp8rtp.DescriptorSize:]...)
		}
		if string(got) != string(f.Data) {
			t.Errorf("%d bytes arrived that are not the picture's %d", len(got), len(f.Data))
		}
	})
}
