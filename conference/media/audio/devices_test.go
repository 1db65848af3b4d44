package audio_test

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/capture"
	"confab/conference/media/capture/wav"
)

func newDevices(t *testing.T) *audio.Devices {
	t.Helper()
	d := audio.NewDevices(nil)
	t.Cleanup(func() {
		for range 2 { // any number of times
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return d
}

func TestWithoutASoundSystemThereIsNoDeviceAndNoHang(t *testing.T) {
	nowhere(t)
	d := newDevices(t)
	if devices, err := d.List(); !errors.Is(err, audio.ErrNoDevice) {
		t.Errorf("List = %v, %v, want ErrNoDevice", devices, err)
	}
	if _, err := d.OpenMicrophone("default"); !errors.Is(err, audio.ErrNoDevice) {
		t.Errorf("OpenMicrophone: %v, want ErrNoDevice", err)
	}
	if _, err := d.OpenSpeaker("", audio.SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) {}}); !errors.Is(err, audio.ErrNoDevice) {
		t.Errorf("OpenSpeaker: %v, want ErrNoDevice", err)
	}
	if err := d.PlayTestSound(t.Context(), ""); !errors.Is(err, audio.ErrNoDevice) {
		t.Errorf("PlayTestSound: %v, want ErrNoDevice", err)
	}
}

func TestNoMicrophoneIsNoSource(t *testing.T) {
	if m, err := newDevices(t).OpenMicrophone("none"); m != nil || err != nil {
		t.Errorf("OpenMicrophone(none) = %v, %v", m, err)
	}
}

func TestASpeakerWithoutADeviceKeepsExactTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := audio.NewDevices(nil)
		var calls atomic.Int64
		s, err := d.OpenSpeaker("none", audio.SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) {
			if calls.Add(1) == 50 {
				time.Sleep(95 * time.Millisecond) // late: made up for
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Second - time.Millisecond)
		if n := calls.Load(); n != 1000 {
			t.Errorf("%d calls in 10 s, want 1000", n)
		}
		if err := errors.Join(s.Close(), s.Close(), d.Close()); err != nil {
			t.Error(err)
		}
		n := calls.Load()
		time.Sleep(time.Second)
		if calls.Load() != n {
			t.Error("fill was called after Close")
		}
	})
}

func TestASpeakerThatIsAFileWritesEverySample(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.wav")
	synctest.Test(t, func(t *testing.T) {
		d := audio.NewDevices(nil)
		next := int16(0)
		s, err := d.OpenSpeaker("file:"+path, audio.SpeakerOptions{Fill: func(_ time.Time, out *media.AudioFrame) {
			for i := range out.Samples {
				out.Samples[i] = next
				next++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(995 * time.Millisecond)
		if err := errors.Join(s.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	})
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := wav.NewReader(f, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rate != media.SampleRate || r.Channels != 1 || r.Samples != 48000 {
		t.Fatalf("%d samples of %d channels at %d/s, want 48000 of 1 at 48000/s", r.Samples, r.Channels, r.Rate)
	}
	x := make([]float32, r.Samples)
	if _, err := r.Read(x); err != nil {
		t.Fatal(err)
	}
	for i, v := range x {
		if int16(math.Round(float64(v)*32768)) != int16(i) {
			t.Fatalf("sample %d is %v", i, v*32768)
		}
	}
}

func TestAFileThatCannotBeMadeIsAnError(t *testing.T) {
	_, err := newDevices(t).OpenSpeaker("file:/nonexistent/out.wav", audio.SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) {}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
}

func TestClosedDevicesOpenNothing(t *testing.T) {
	d := audio.NewDevices(nil)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.List(); err == nil {
		t.Error("List worked")
	}
	if s, err := d.OpenSpeaker("none", audio.SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) {}}); err == nil {
		t.Errorf("OpenSpeaker = %v", s)
	}
}

func TestDevicesAreListedWithoutMonitors(t *testing.T) {
	enter(t)
	devices, err := newDevices(t).List()
	if err != nil {
		t.Fatal(err)
	}
	want := []capture.Device{
		{Kind: capture.Microphone, ID: "mic", Name: "Microphone", Default: true},
		{Kind: capture.Speaker, ID: "spk", Name: "Loudspeaker", Default: true},
	}
	if len(devices) != 2 || devices[0] != want[0] || devices[1] != want[1] {
		t.Errorf("List = %+v, want %+v", devices, want)
	}
}

func TestAnUnknownDeviceIsNotFound(t *testing.T) {
	enter(t)
	if _, err := newDevices(t).OpenMicrophone("tuba"); !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("%v, want capture.ErrNotFound", err)
	}
}

func TestWhatIsPlayedIsHeard(t *testing.T) {
	enter(t)
	d := newDevices(t)
	p := &chirper{}
	s, err := d.OpenSpeaker("Loudspeaker", audio.SpeakerOptions{Fill: p.fill})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, err := d.OpenMicrophone("mic")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	hearChirps(t, m, p, 3, 0.9)
}

// hearChirps waits for so many chirps, which correlate so well with what was played.
func hearChirps(t *testing.T, m capture.AudioSource, p *chirper, chirps int, correlation float64) {
	t.Helper()
	heard := 0
	var e ear
	for range 3000 { // 30 s
		f, err := m.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := e.hear(f); c > correlation {
			t.Logf("chirp with correlation %.3f, heard %v after it was asked for", c, e.began.Sub(p.last()))
			if heard++; heard == chirps {
				return
			}
		}
	}
	t.Errorf("%d chirps heard, want %d", heard, chirps)
}

func TestClosingAMicrophoneEndsAReadThatWaits(t *testing.T) {
	enter(t)
	m, err := newDevices(t).OpenMicrophone("")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for { // what has come already is given
		if _, err = m.Read(ctx); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Read after cancel: %v", err)
	}
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := m.Read(context.Background()); err != nil {
				ended <- err
				return
			}
		}
	}()
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("Read after Close: %v, want io.EOF", err)
	}
}

func TestAnUnpluggedHeadsetFallsBackToTheDefaultAndReturns(t *testing.T) {
	r := enter(t)
	sink := []string{"module-remap-sink", "master=spk", "sink_name=head_out", "sink_properties=device.description=Headphones"}
	source := []string{"module-remap-source", "master=spk.monitor", "source_name=head_in", "source_properties=device.description=Headset"}
	pullSink, pullSource := r.plug(t, sink...), r.plug(t, source...)
	r.control(t, "set-default-sink", "spk")
	r.control(t, "set-default-source", "mic")

	d := newDevices(t)
	var filled atomic.Int64
	s, err := d.OpenSpeaker("head_out", audio.SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) { filled.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, err := d.OpenMicrophone("head_in")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	listen(t, m, 20)

	pullSource()
	wantSwitch(t, d, audio.SwitchError{Kind: capture.Microphone, From: "Headset", To: "Microphone", Cause: capture.ErrGone})
	listen(t, m, 20)
	pullSink()
	wantSwitch(t, d, audio.SwitchError{Kind: capture.Speaker, From: "Headphones", To: "Loudspeaker", Cause: capture.ErrGone})
	before := filled.Load()
	eventually(t, "the fallen back speaker to take sound", func() bool { return filled.Load() > before+20 })

	r.plug(t, source...)
	wantSwitch(t, d, audio.SwitchError{Kind: capture.Microphone, From: "Microphone", To: "Headset"})
	listen(t, m, 20)
	r.plug(t, sink...)
	wantSwitch(t, d, audio.SwitchError{Kind: capture.Speaker, From: "Loudspeaker", To: "Headphones"})
}

func TestADeadSoundDaemonIsConnectedAgain(t *testing.T) {
	r := enter(t)
	d := newDevices(t)
	m, err := d.OpenMicrophone("default")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	listen(t, m, 20)
	r.stop()
	wantSwitch(t, d, audio.SwitchError{Kind: capture.Microphone, From: "Microphone", Cause: audio.ErrNoDevice})
	r.start(t)
	wantSwitch(t, d, audio.SwitchError{Kind: capture.Microphone, To: "Microphone"})
	listen(t, m, 20)
}

func TestTheTestSoundEnds(t *testing.T) {
	enter(t)
	d := newDevices(t)
	if err := d.PlayTestSound(t.Context(), "default"); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.PlayTestSound(ctx, "default"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

// listen reads so many blocks.
func listen(t *testing.T, m capture.AudioSource, blocks int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range blocks {
		if _, err := m.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func wantSwitch(t *testing.T, d *audio.Devices, want audio.SwitchError) {
	t.Helper()
	select {
	case err := <-d.Problems():
		var got *audio.SwitchError
		if !errors.As(err, &got) || *got != want {
			t.Fatalf("problem %q (%+v), want %q", err, got, &want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("waited in vain for %q", &want)
	}
}

const (
	chirpEvery  = 500 * millisecond
	chirpLength = 50 * millisecond
)

// chirpAt is a sample of a chirp from 300 to 3300 Hz.
func chirpAt(i int) float64 {
	t := float64(i) / media.SampleRate
	return math.Sin(2*math.Pi*(300*t+3000/0.05*t*t/2)) * math.Sin(math.Pi*float64(i)/chirpLength)
}

// chirper plays a chirp twice a second.
type chirper struct {
	at    int
	asked atomic.Int64 // when for the last one; Unix nanoseconds
}

func (c *chirper) last() time.Time { return time.Unix(0, c.asked.Load()) }

func (c *chirper) fill(now time.Time, out *media.AudioFrame) {
	clear(out.Samples[:])
	if c.at%chirpEvery == 0 {
		c.asked.Store(now.UnixNano())
	}
	for i := range out.Samples {
		if n := c.at % chirpEvery; n < chirpLength {
			out.Samples[i] = int16(10000 * chirpAt(n))
		}
		c.at++
	}
}

// ear finds chirps after silence.
type ear struct {
	heard []float64
	began time.Time // when the first of them reached the microphone
	quiet int       // samples of silence before them
}

// hear takes a block in and gives the greatest correlation with a chirp, once it is complete; else 0.
func (e *ear) hear(f media.AudioFrame) (best float64) {
	for i, v := range f.Samples {
		switch {
		case len(e.heard) == 0 && math.Abs(float64(v)) < 300:
			e.quiet++
		case len(e.heard) > 0 || e.quiet > chirpLength:
			if len(e.heard) == 0 {
				e.began = f.Captured.Add(time.Duration(i) * time.Second / media.SampleRate)
			}
			e.heard = append(e.heard, float64(v))
		}
	}
	if len(e.heard) < 2*chirpLength {
		return 0
	}
	// The chirp began a little before it was loud enough.
	for lag := -480; lag < 480; lag++ {
		var xy, xx, yy float64
		for i := range chirpLength {
			if k := i + lag; k >= 0 {
				a, b := chirpAt(i), e.heard[k]
				xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
			}
		}
		best = max(best, xy/math.Sqrt(xx*yy+1))
	}
	e.heard, e.quiet = nil, 0
	return best
}
