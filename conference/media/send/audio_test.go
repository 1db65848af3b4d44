package send_test

import (
	"errors"
	"math"
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
	loud   bool // it holds sound
}

// ear takes packets of sound.
type ear struct {
	t       *testing.T
	mu      sync.Mutex
	packets []heard
	clears  int
	decoder *opus.Decoder
	pcm     [opus.MaxPacketSamples]int16
}

func newEar(t *testing.T) *ear {
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &ear{t: t, decoder: d}
}

func (e *ear) PushSound(payload []byte, ticks uint32, marker bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.decoder.Decode(payload, e.pcm[:])
	if err != nil {
		e.t.Error(err)
	}
	peak := 0.0
	for _, s := range e.pcm[:n] {
		peak = max(peak, math.Abs(float64(s)))
	}
	e.packets = append(e.packets, heard{ticks, marker, peak > 1000})
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
		a.Offer(f)
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

func TestMutedMeansNoPacketWithSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := send.NewAudio(send.AudioOptions{})
		defer a.Close()
		e := newEar(t)
		a.Add("peer", e)
		hum(a, 490*time.Millisecond) // half a packet waits
		before := e.take()
		for range 5 { // blocks that wait when mute comes
			f := media.AudioFrame{Captured: time.Now()}
			f.Samples[7] = 30000
			a.Offer(f)
		}
		a.SetMuted(true)
		if e.clears != 1 {
			t.Errorf("what waits in the line was cleared %d times, want once", e.clears)
		}
		e.take()
		hum(a, time.Second)
		if packets := e.take(); len(packets) != 0 {
			t.Errorf("%d packets while muted", len(packets))
		}
		a.SetMuted(false)
		hum(a, 200*time.Millisecond)
		after := e.take()
		if len(after) != 10 || !after[0].marker {
			t.Fatalf("%d packets of 200 ms after mute", len(after))
		}
		gap := after[0].ticks - before[len(before)-1].ticks
		if gap < 48000 || gap > 48000+6*960 {
			t.Errorf("timestamps went on by %d ticks over a second of mute", gap)
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
				a.Offer(f)
			}
		}
	})
	for range 200 {
		a.SetMuted(true)
		e.take()
		for range 20 {
			if packets := e.take(); len(packets) > 0 {
				t.Fatal("a packet left after SetMuted(true) had returned")
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
