package send_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
	"confab/conference/media/send"
)

// heard is a packet that reached an ear.
type heard struct {
	ticks  uint32
	marker bool
	level  media.SoundLevel
	size   int
	loud   bool // a decoder that hears it alone makes sound of it
	copied bool // so it does of the copy of the packet before that it carries
	covers bool // it carries one
	again  bool // the packet before is to leave once more
}

// ear takes packets of sound.
type ear struct {
	t       *testing.T
	mu      sync.Mutex
	packets []heard
	clears  int
}

func newEar(t *testing.T) *ear { return &ear{t: t} }

func (e *ear) PushSound(s *media.EncodedSound) {
	h := heard{ticks: s.RTPTime, marker: s.Start, level: s.Level, size: len(s.Data), loud: loud(e.t, s.Data, false)}
	h.covers, h.again = opus.HasFEC(s.Data), s.Again
	if h.covers {
		h.copied = loud(e.t, s.Data, true)
	}
	e.mu.Lock()
	e.packets = append(e.packets, h)
	e.mu.Unlock()
}

// loud tells whether a packet, or the copy that it carries, holds sound: it is the first that a decoder
// hears.
func loud(t *testing.T, packet []byte, copied bool) bool {
	d, err := opus.NewDecoder()
	if err != nil {
		t.Error(err)
		return false
	}
	defer d.Close()
	var pcm [opus.PacketSamples]int16
	if copied {
		_, err = d.DecodeFEC(packet, pcm[:])
	} else {
		_, err = d.Decode(packet, pcm[:])
	}
	if err != nil {
		t.Error(err)
	}
	return slices.ContainsFunc(pcm[:], func(v int16) bool { return v > 16 || v < -16 })
}

func (e *ear) Clear() {
	e.mu.Lock()
	e.clears++
	e.mu.Unlock()
}

func (e *ear) take() []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.packets
	e.packets = nil
	return p
}

// hum offers d of a tone.
func hum(a *send.Audio, d time.Duration) {
	n := 0
	for range int(d / media.FrameDuration) {
		f := media.AudioFrame{Captured: time.Now()}
		for i := range f.Samples {
			f.Samples[i] = int16(12000 * math.Sin(float64(n)*2*math.Pi*440/48000))
			n++
		}
		a.Offer(send.Block{AudioFrame: f})
		time.Sleep(media.FrameDuration)
	}
}

func TestSoundLeavesInPacketsOf20Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		e := newEar(t)
		p := a.Add("peer", e)
		hum(a, time.Second)
		packets := e.take()
		if len(packets) != 50 || !packets[25].loud {
			t.Fatalf("%d packets of a second of sound", len(packets))
		}
		for i, h := range packets {
			if h.ticks != packets[0].ticks+960*uint32(i) || h.marker != (i == 0) {
				t.Errorf("packet %d: %+v", i, h)
			}
		}
		if a.Stats().PacketsEncoded != 50 {
			t.Errorf("Stats = %+v", a.Stats())
		}
		p.Close()
		p.Close()
		hum(a, 100*time.Millisecond)
		if packets := e.take(); len(packets) != 0 || a.Stats().PacketsEncoded != 50 {
			t.Errorf("%d packets after Close", len(packets))
		}
		a.Close()
		a.Close()
	})
}

// Opus copies no frame in which it hears no voice: a peer that loses packets gets those twice.
func TestWhatNoCopyCoversLeavesAgainToAPeerThatLosesPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		lossy, well, before := newEar(t), newEar(t), newEar(t)
		peer := a.Add("lossy", lossy)
		a.Add("well", well)
		a.Add("once", before).SetLoss(0.02) // one packet in a second, and none since
		for range 5 {
			peer.SetLoss(0.02)
		}
		for range 5 { // words
			hum(a, 200*time.Millisecond)
			for range 20 {
				a.Offer(send.Block{AudioFrame: media.AudioFrame{Captured: time.Now()}})
				time.Sleep(media.FrameDuration)
			}
		}
		packets, twice := lossy.take(), 0
		for i, h := range packets {
			if h.again != (i > 0 && !h.covers) {
				t.Errorf("packet %d of %d: %+v", i, len(packets), h)
			}
			if h.again {
				twice++
			}
		}
		if twice < 5 || twice > 45 {
			t.Errorf("%d of %d packets leave twice", twice, len(packets))
		}
		for _, h := range append(well.take(), before.take()...) {
			if h.again {
				t.Errorf("to a peer that loses nothing: %+v", h)
			}
		}
	})
}

func TestMutedMeansNoPacketWithSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		e := newEar(t)
		p := a.Add("peer", e)
		for range 5 {
			p.SetLoss(0.1)
		}
		hum(a, 490*time.Millisecond) // half a packet waits
		before := e.take()
		for range 5 { // blocks that wait when mute comes
			f := media.AudioFrame{Captured: time.Now()}
			f.Samples[7] = 30000
			a.Offer(send.Block{AudioFrame: f})
		}
		a.SetMuted(true)
		if e.clears != 1 || !a.Muted() {
			t.Errorf("what waits in the line was cleared %d times, want once", e.clears)
		}
		e.take()
		hum(a, time.Second)
		packets := e.take()
		if len(packets) > 3 {
			t.Errorf("%d packets while muted, want one of silence and two that are empty", len(packets))
		}
		for _, h := range packets {
			if h.loud || h.copied || h.again || h.level != media.Silence {
				t.Errorf("a packet with sound left while muted: %+v", h)
			}
		}
		a.SetMuted(false)
		hum(a, 200*time.Millisecond)
		after := e.take()
		if len(after) != 10 || !after[0].marker || after[0].copied || after[0].again || !after[9].loud {
			t.Fatalf("%d packets of 200 ms after mute: %+v", len(after), after)
		}
		gap := after[0].ticks - before[len(before)-1].ticks
		if gap < 48000 || gap > 48000+6*960 {
			t.Errorf("timestamps went on by %d ticks over a second of mute", gap)
		}
	})
}

func TestWhoComesWhileMutedHearsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		a.SetMuted(true)
		e := newEar(t)
		a.Add("peer", e)
		hum(a, time.Second)
		if packets := e.take(); len(packets) != 0 {
			t.Errorf("%d packets of somebody who has been muted ever since", len(packets))
		}
	})
}

// pause offers d of what is not worth sending.
func pause(a *send.Audio, d time.Duration) {
	for range int(d / media.FrameDuration) {
		f := media.AudioFrame{Captured: time.Now()}
		f.Samples[3] = 12000 // is not sent
		a.Offer(send.Block{AudioFrame: f, Pause: true})
		time.Sleep(media.FrameDuration)
	}
}

func TestAPauseEndsWithTwoEmptyPacketsAndCostsOneEach400MillisecondsThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		e := newEar(t)
		a.Add("peer", e)
		hum(a, 500*time.Millisecond)
		spoken := e.take()
		pause(a, 3*time.Second)
		packets := e.take()
		var empty []uint32 // when, in packets
		for i, h := range packets {
			if h.size == 1 {
				empty = append(empty, (h.ticks-spoken[0].ticks)/960)
			} else if len(empty) > 0 || i > 1 && h.loud {
				t.Errorf("packet %d of a pause: %+v", i, h)
			}
			if h.marker || i > 1 && h.level != media.Silence {
				t.Errorf("packet %d of a pause: %+v", i, h)
			}
		}
		if len(empty) < 6 || len(empty) > 9 {
			t.Fatalf("empty packets at %v in 3 s", empty)
		}
		if begun := empty[0] - 25; begun > 12 || empty[1] != empty[0]+1 {
			t.Errorf("%d packets of silence first, then empty ones at %v", begun, empty[:2])
		}
		for i := 2; i < len(empty); i++ {
			if empty[i]-empty[i-1] != 20 {
				t.Errorf("packets %v are empty, want two in a row and then one each 20", empty)
			}
		}
		hum(a, 200*time.Millisecond)
		after := e.take()
		if len(after) != 10 || !after[0].marker || !after[1].loud || after[0].copied {
			t.Fatalf("%d packets of 200 ms after the pause: %+v", len(after), after)
		}
		if gap := (after[0].ticks - spoken[len(spoken)-1].ticks) / 960; gap != 151 {
			t.Errorf("the timestamps went on by %d packets over a pause of 150", gap)
		}
	})
}

func TestAShortPauseLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		e := newEar(t)
		a.Add("peer", e)
		hum(a, 200*time.Millisecond)
		pause(a, 100*time.Millisecond)
		hum(a, 200*time.Millisecond)
		packets := e.take()
		for i, h := range packets {
			if h.ticks != packets[0].ticks+960*uint32(i) || h.marker != (i == 0) || h.size == 1 {
				t.Errorf("packet %d: %+v", i, h)
			}
		}
	})
}

func TestThePacketTellsItsLevelAndWhetherItIsAVoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		e := newEar(t)
		a.Add("peer", e)
		for i := range 4 {
			f := media.AudioFrame{Captured: time.Now()}
			for j := range f.Samples {
				f.Samples[j] = int16(3277 * (1 - j%2*2)) // -20 dBov
			}
			a.Offer(send.Block{AudioFrame: f, Voice: i == 3})
			time.Sleep(media.FrameDuration)
		}
		packets := e.take()
		if len(packets) != 2 || packets[0].level != 20 || packets[1].level != 0x80|20 {
			t.Errorf("packets %+v", packets)
		}
	})
}

func TestMutingRacesWithSound(t *testing.T) {
	a := send.NewAudio(send.AudioOptions{})
	defer a.Close()
	e := newEar(t)
	a.Add("peer", e)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var f media.AudioFrame
		for i := range f.Samples {
			f.Samples[i] = int16(20000 * (1 - i%2*2))
		}
		for {
			select {
			case <-stop:
				return
			default:
				f.Captured = time.Now()
				a.Offer(send.Block{AudioFrame: f})
			}
		}
	})
	for range 200 {
		a.SetMuted(true)
		e.take()
		for range 20 {
			for _, h := range e.take() {
				if h.loud || h.level != media.Silence {
					t.Fatal("a packet with sound left after SetMuted(true) had returned")
				}
			}
		}
		a.SetMuted(false)
	}
	close(stop)
	wg.Wait()
}

// deaf is an encoder that fails, and remembers the loss it was told.
type deaf struct{ told []float64 }

func (*deaf) Encode([]byte, []int16) ([]byte, error) { return nil, errBroken }
func (d *deaf) SetLoss(fraction float64) error       { d.told = append(d.told, fraction); return nil }
func (*deaf) SetDTX(bool) error                      { return nil }
func (*deaf) Close() error                           { return nil }

func TestABrokenSoundEncoderIsReportedOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, reports := 0, make(chan error, 100)
		var d deaf
		a := send.NewAudio(send.AudioOptions{
			NewEncoder: func() (codec.AudioEncoder, error) { made++; return &d, nil },
			Report:     func(err error) { reports <- err },
		})
		a.Add("one", newEar(t)).SetLoss(0.2)
		a.Add("two", newEar(t)).SetLoss(0.3)
		hum(a, 5*time.Second)
		a.Close()
		if made < 4 || made > 6 || len(reports) != 1 || !errors.Is(<-reports, errBroken) {
			t.Errorf("%d encoders made", made)
		}
		if len(d.told) == 0 || d.told[0] != 0.3 {
			t.Errorf("the encoder was told losses of %v, want that of the worst peer", d.told)
		}
	})
}
