package send_test

import (
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
	"confab/conference/media/send"
)

// ear takes packets of sound.
type ear struct {
	mu      sync.Mutex
	headers []rtp.Header
	loud    []bool // the packet holds sound
	decoder *opus.Decoder
	pcm     [opus.MaxPacketSamples]int16
}

func newEar(t *testing.T) *ear {
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &ear{decoder: d}
}

func (e *ear) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.decoder.Decode(payload, e.pcm[:])
	if err != nil {
		return 0, err
	}
	peak := 0.0
	for _, s := range e.pcm[:n] {
		peak = max(peak, math.Abs(float64(s)))
	}
	e.headers = append(e.headers, *h)
	e.loud = append(e.loud, peak > 1000)
	return len(payload), nil
}

func (e *ear) take() ([]rtp.Header, []bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h, l := e.headers, e.loud
	e.headers, e.loud = nil, nil
	return h, l
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
		headers, loud := e.take()
		if len(headers) != 50 || !loud[25] {
			t.Fatalf("%d packets of a second of sound", len(headers))
		}
		for i, h := range headers {
			if h.SequenceNumber != headers[0].SequenceNumber+uint16(i) || h.Timestamp != headers[0].Timestamp+960*uint32(i) || h.Marker != (i == 0) {
				t.Errorf("packet %d: %+v", i, h)
			}
		}
		if s := p.Stats(); s.PacketsSent != 50 || s.BytesSent == 0 || a.Stats().PacketsEncoded != 50 {
			t.Errorf("Stats = %+v, %+v", s, a.Stats())
		}
		p.Close()
		p.Close()
		hum(a, 100*time.Millisecond)
		if headers, _ := e.take(); len(headers) != 0 || a.Stats().PacketsEncoded != 50 {
			t.Errorf("%d packets after Close", len(headers))
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
		before, _ := e.take()
		for range 5 { // blocks that wait when mute comes
			f := media.AudioFrame{Captured: time.Now()}
			f.Samples[7] = 30000
			a.Offer(f)
		}
		a.SetMuted(true)
		_, _ = e.take()
		hum(a, time.Second)
		if headers, _ := e.take(); len(headers) != 0 {
			t.Errorf("%d packets while muted", len(headers))
		}
		a.SetMuted(false)
		hum(a, 200*time.Millisecond)
		after, _ := e.take()
		if len(after) != 10 || !after[0].Marker {
			t.Fatalf("%d packets of 200 ms after mute", len(after))
		}
		gap := after[0].Timestamp - before[len(before)-1].Timestamp
		if gap < 48000 || gap > 48000+6*960 {
			t.Errorf("timestamps went on by %d ticks over a second of mute", gap)
		}
		if lost := after[0].SequenceNumber - before[len(before)-1].SequenceNumber; lost > 4 {
			t.Errorf("sequence numbers went on by %d", lost)
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
		_, _ = e.take()
		for range 20 {
			if _, loud := e.take(); len(loud) > 0 {
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
