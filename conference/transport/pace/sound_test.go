package pace_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
)

// speak pushes n packets of sound, one each 20 ms; their payload says which.
func speak(w *way, first, n int) {
	for i := range n {
		w.Line(media.Microphone).PushSound(&media.EncodedSound{
			Data: fmt.Appendf(nil, "sound %d", first+i), RTPTime: uint32(first+i) * 960,
			Captured: time.Now().Add(-20 * time.Millisecond), Start: i == 0, Level: media.NewSoundLevel(uint8(first+i), true),
		})
		time.Sleep(20 * time.Millisecond)
	}
}

func TestSoundIsSentAgainAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		speak(w, 0, 10)
		first := of(w.log.take(), media.Microphone, "rtp")
		w.Repair(media.Microphone, []uint16{first[3].header.SequenceNumber, first[4].header.SequenceNumber, first[9].header.SequenceNumber + 1})
		synctest.Wait()
		again := w.log.take()
		if len(again) != 2 {
			t.Fatalf("%d packets sent again, want 2", len(again))
		}
		for i, p := range again {
			was := first[3+i]
			if p.kind != "repair" || !bytes.Equal(p.payload, was.payload) || p.header.SequenceNumber != was.header.SequenceNumber ||
				p.header.Timestamp != was.header.Timestamp || p.header.Marker != was.header.Marker {
				t.Errorf("sent again as %+v, was %+v", p, was)
			}
		}
		if s := w.Stats().Slots[media.Microphone]; s.Repairs != 2 || s.PacketsSent != 10 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestSoundIsSentAgainTwiceAtMostAndWhileItIsYoung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		speak(w, 0, 5)
		first := of(w.log.take(), media.Microphone, "rtp")
		number := []uint16{first[4].header.SequenceNumber}
		for i, want := range []int{1, 0, 1, 0} { // at once; the same question; after 50 ms; again
			if i == 2 {
				time.Sleep(50 * time.Millisecond)
			}
			if i == 3 {
				time.Sleep(100 * time.Millisecond)
			}
			w.Repair(media.Microphone, slices.Repeat(number, 3))
			synctest.Wait()
			if n := len(w.log.take()); n != want {
				t.Errorf("question %d: sent %d times, want %d", i+1, n, want)
			}
		}
		speak(w, 5, 26)
		w.log.take()
		w.Repair(media.Microphone, []uint16{first[0].header.SequenceNumber, first[3].header.SequenceNumber})
		synctest.Wait()
		if n := len(w.log.take()); n != 0 {
			t.Errorf("%d packets of half a second ago were sent again", n)
		}
	})
}

func TestSoundThatNothingCoversLeavesTwiceUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		speak(w, 0, 2)
		again := &media.EncodedSound{Data: []byte("after"), RTPTime: 2 * 960, Again: true}
		w.Line(media.Microphone).PushSound(again)
		synctest.Wait()
		packets := w.log.take()
		if len(packets) != 4 || packets[2].kind != "rtp" || packets[3].kind != "repair" {
			t.Fatalf("%d packets left: %+v", len(packets), packets)
		}
		if was, is := packets[1], packets[3]; !bytes.Equal(is.payload, was.payload) || is.header.SequenceNumber != was.header.SequenceNumber {
			t.Errorf("once more left %+v, was %+v", is, was)
		}
		time.Sleep(100 * time.Millisecond)
		w.Repair(media.Microphone, []uint16{packets[1].header.SequenceNumber}) // both were lost
		synctest.Wait()
		if packets := w.log.take(); len(packets) != 1 {
			t.Errorf("%d packets left after a request", len(packets))
		}
		w.Line(media.Microphone).Clear()
		w.Line(media.Microphone).PushSound(again)
		synctest.Wait()
		if packets := w.log.take(); len(packets) != 1 {
			t.Errorf("%d packets left: what was before Clear leaves no more: %+v", len(packets), packets)
		}
	})
}

func TestFreshSoundGoesAheadOfRepairsOfSoundAndTheseOfPictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		camera := w.Line(media.Camera)
		camera.SetDemand(2_500_000)
		speak(w, 0, 5)
		first := of(w.log.take(), media.Microphone, "rtp")
		var numbers []uint16
		for _, p := range first {
			numbers = append(numbers, p.header.SequenceNumber)
		}
		wire := w.wires[media.Microphone]
		wire.took = time.Millisecond // so that all wait for the first
		camera.Push(time.Now(), new(studio).picture(true, 30_000), 2)
		synctest.Wait()
		w.log.take()
		w.Repair(media.Microphone, numbers)
		w.Line(media.Microphone).PushSound(&media.EncodedSound{Data: []byte("fresh")})
		time.Sleep(20 * time.Millisecond)
		packets := w.log.take()
		fresh := slices.IndexFunc(packets, func(p left) bool { return string(p.payload) == "fresh" })
		if fresh < 0 || fresh > 1 { // at most the packet under way is ahead of it
			t.Errorf("fresh sound left as packet %d", fresh)
		}
		if n := len(of(packets[:fresh+6], media.Microphone, "repair")); n != 5 {
			t.Errorf("%d repairs of sound are among the first %d packets, want 5", n, fresh+6)
		}
	})
}

func TestNothingOfAClearedSlotOfSoundIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		speak(w, 0, 5)
		var numbers []uint16
		for _, p := range w.log.take() {
			numbers = append(numbers, p.header.SequenceNumber)
		}
		w.Line(media.Microphone).Clear()
		w.Repair(media.Microphone, numbers)
		time.Sleep(time.Second)
		if n := len(w.log.take()); n != 0 {
			t.Errorf("%d packets left after Clear", n)
		}
		speak(w, 5, 1)
		if n := len(w.log.take()); n != 1 {
			t.Errorf("%d packets of what was pushed since", n)
		}
	})
}

func TestWiresAreToldWhenWhatTheySendWasCaptured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, oracleOf(1_000_000), nil)
		defer w.Close()
		w.Line(media.Camera).SetDemand(2_500_000)
		for slot, push := range map[media.Slot]func(captured time.Time){
			media.Microphone: func(at time.Time) {
				w.Line(media.Microphone).PushSound(&media.EncodedSound{Data: []byte("x"), RTPTime: 77, Captured: at})
			},
			media.Camera: func(at time.Time) {
				f := new(studio).picture(true, 1000)
				f.Captured = at
				w.Line(media.Camera).Push(time.Now(), f, 2)
			},
		} {
			captured := time.Now().Add(-33 * time.Millisecond)
			push(captured)
			time.Sleep(50 * time.Millisecond)
			for _, p := range of(w.log.take(), slot, "rtp") {
				if p.clock != (clock{p.header.Timestamp, captured}) {
					t.Errorf("%s: told %+v of timestamp %d, captured at %v", slot, p.clock, p.header.Timestamp, captured)
				}
			}
		}
	})
}
