package audio

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// fakeSystem is a sound system whose devices the test plugs in, kills and hangs.
type fakeSystem struct {
	mu       sync.Mutex
	devices  []capture.Device
	dead     map[string]bool // devices that stopped calling back
	down     bool
	rate     int // of all devices
	channels int
	hang     chan struct{} // not nil: list waits for it
	opened   []string      // ids
	streams  map[*fakeStream]struct{}
}

type fakeStream struct {
	system *fakeSystem
	id     string
	kind   capture.Kind
	wire   *cable
	count  uint64
	stop   chan struct{}
	done   chan struct{}
}

var errDown = errors.New("unknown error")

func (f *fakeSystem) connect() (system, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, ErrNoDevice
	}
	return f, nil
}

func (f *fakeSystem) list() ([]capture.Device, error) {
	f.mu.Lock()
	hang := f.hang
	devices, down := f.devices, f.down
	f.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if down {
		return nil, errDown
	}
	return devices, nil
}

func (f *fakeSystem) open(kind capture.Kind, id string) (stream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead["open "+id] {
		return nil, capture.ErrBusy
	}
	s := &fakeStream{system: f, id: id, kind: kind, wire: newCable(kind, f.rate, f.channels), stop: make(chan struct{}), done: make(chan struct{})}
	f.opened = append(f.opened, id)
	f.streams[s] = struct{}{}
	go s.run()
	return s, nil
}

func (f *fakeSystem) close() {}

// set changes the system.
func (f *fakeSystem) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// run moves 10 ms each 10 ms.
func (s *fakeStream) run() {
	defer close(s.done)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	samples := make([]int16, s.wire.rate/100*s.wire.channels)
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		s.system.mu.Lock()
		if !s.system.dead[s.id] && !s.system.down {
			s.count++
			if s.kind == capture.Microphone {
				s.wire.capture(samples)
			} else {
				s.wire.play(samples)
			}
		}
		s.system.mu.Unlock()
	}
}

func (s *fakeStream) cable() *cable { return s.wire }

func (s *fakeStream) callbacks() uint64 {
	s.system.mu.Lock()
	defer s.system.mu.Unlock()
	return s.count
}

func (s *fakeStream) close() {
	s.system.set(func() { delete(s.system.streams, s) })
	close(s.stop)
	<-s.done
}

func device(kind capture.Kind, id string, isDefault bool) capture.Device {
	return capture.Device{Kind: kind, ID: id, Name: "The " + id, Default: isDefault}
}

// withFake runs a test in fake time on a system with two microphones and a speaker.
func withFake(t *testing.T, test func(t *testing.T, f *fakeSystem, d *Devices)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSystem{
			devices: []capture.Device{
				device(capture.Microphone, "built-in", true), device(capture.Microphone, "headset", false),
				device(capture.Speaker, "speaker", true),
			},
			rate: 48000, channels: 1, dead: map[string]bool{}, streams: map[*fakeStream]struct{}{},
		}
		d := NewDevices(nil)
		d.connect = f.connect
		test(t, f, d)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if len(f.streams) != 0 {
			t.Errorf("%d streams left open", len(f.streams))
		}
	})
}

// settledFor is time enough to look at the devices some times.
const settledFor = 5 * watchInterval

func settled() {
	time.Sleep(settledFor)
	synctest.Wait()
}

func problem(d *Devices) string {
	select {
	case err := <-d.Problems():
		return err.Error()
	default:
		return ""
	}
}

func microphoneOf(t *testing.T, d *Devices, spec string) capture.AudioSource {
	t.Helper()
	m, err := d.OpenMicrophone(spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNothingIsTouchedBeforeItIsAskedFor(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		d.connect = func() (system, error) {
			t.Error("the sound system was opened")
			return nil, ErrNoDevice
		}
		s, err := d.OpenSpeaker("none", SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) {}})
		if err != nil {
			t.Fatal(err)
		}
		settled()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestADeviceThatFallsSilentIsOpenedAnew(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		m := microphoneOf(t, d, "headset")
		settled()
		f.set(func() { f.dead["headset"] = true })
		time.Sleep(silenceLimit + settledFor)
		f.set(func() { f.dead["headset"] = false })
		settled()
		if len(f.opened) < 2 || f.opened[1] != "headset" {
			t.Errorf("opened %v, want the headset twice", f.opened)
		}
		if p := problem(d); p != "" {
			t.Errorf("problem %q, want none", p)
		}
		if _, err := m.Read(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestTheOnlyDeviceGoesAndComes(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		microphoneOf(t, d, "")
		all := f.devices
		f.set(func() { f.devices, f.dead[""] = all[2:], true })
		time.Sleep(2 * silenceLimit)
		if p := problem(d); p != `microphone "The built-in" is gone and there is no other` {
			t.Errorf("problem %q", p)
		}
		time.Sleep(10 * time.Second)
		if p := problem(d); p != "" {
			t.Errorf("told again: %q", p)
		}
		f.set(func() { f.devices, f.dead[""] = all, false })
		time.Sleep(retryInterval + settledFor)
		if p := problem(d); p != `microphone "The built-in" is back` {
			t.Errorf("problem %q", p)
		}
	})
}

func TestAHeadsetIsTakenAgainByItsName(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		microphoneOf(t, d, "headset")
		all := f.devices
		f.set(func() { f.devices = []capture.Device{all[0], all[2]} })
		settled()
		if p := problem(d); p != `microphone "The headset" was unplugged, using "The built-in"` {
			t.Errorf("problem %q", p)
		}
		f.set(func() {
			f.devices = append(f.devices, capture.Device{Kind: capture.Microphone, ID: "usb-2", Name: "The headset"})
		})
		settled()
		if p := problem(d); p != `microphone "The headset" is back` {
			t.Errorf("problem %q", p)
		}
		if last := f.opened[len(f.opened)-1]; last != "usb-2" {
			t.Errorf("opened %v, want usb-2 last", f.opened)
		}
	})
}

func TestTheEchoOfASpeakerIsNoDefaultMicrophone(t *testing.T) {
	t.Setenv("PULSE_SOURCE", "")
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		f.devices[0].Default = false // the system's choice is a monitor, which is not listed
		microphoneOf(t, d, "default")
		if f.opened[0] != "built-in" {
			t.Errorf("opened %q, want the first microphone by its id", f.opened[0])
		}
	})
}

func TestASystemThatDiesIsTriedEachSecond(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		m := microphoneOf(t, d, "headset")
		f.set(func() { f.down = true })
		time.Sleep(5 * time.Second)
		if p := problem(d); p != `microphone "The headset" is gone and there is no other` {
			t.Errorf("problem %q", p)
		}
		f.set(func() { f.down = false })
		time.Sleep(retryInterval + settledFor)
		if p := problem(d); p != `microphone "The headset" is back` {
			t.Errorf("problem %q", p)
		}
		if _, err := m.Read(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestASystemThatHangsDelaysNobodyForLong(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		hang := make(chan struct{})
		f.set(func() { f.hang = hang })
		began := time.Now() // fake time
		if _, err := d.List(); !errors.Is(err, ErrNoDevice) {
			t.Errorf("List: %v, want ErrNoDevice", err)
		}
		if _, err := d.OpenMicrophone(""); !errors.Is(err, ErrNoDevice) {
			t.Errorf("OpenMicrophone: %v, want ErrNoDevice", err)
		}
		if err := d.Close(); err == nil {
			t.Error("Close hides that the sound system hangs")
		}
		if took := time.Since(began); took > 3*answerDeadline {
			t.Errorf("took %v", took)
		}
		f.set(func() { f.hang = nil })
		close(hang)
	})
}

func TestABusyDeviceSaysSo(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		f.dead["open headset"] = true
		if _, err := d.OpenMicrophone("headset"); !errors.Is(err, capture.ErrBusy) {
			t.Errorf("%v, want capture.ErrBusy", err)
		}
	})
}

func TestASpeakerGoesOnByTheClockWhileItsDeviceStandsStill(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		f.set(func() { f.dead["speaker"], f.dead[""] = true, true })
		var calls int
		s, err := d.OpenSpeaker("", SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) { calls++ }})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if calls < 980 || calls > 1020 {
			t.Errorf("%d calls in 10 s, want some 1000", calls)
		}
	})
}

func TestASpeakerIsPacedByItsDevice(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		var calls int
		s, err := d.OpenSpeaker("speaker", SpeakerOptions{Fill: func(time.Time, *media.AudioFrame) { calls++ }})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if calls < 995 || calls > 1010 {
			t.Errorf("%d calls in 10 s, want some 1003", calls)
		}
	})
}

func TestWhatTheDeviceConsumedIsTold(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		next := int16(0)
		var mu sync.Mutex
		told, zeros, torn := 0, 0, false
		s, err := d.OpenSpeaker("speaker", SpeakerOptions{
			Fill: func(_ time.Time, out *media.AudioFrame) {
				for i := range out.Samples {
					next = next%30000 + 1
					out.Samples[i] = next
				}
			},
			Played: func(samples []int16) {
				mu.Lock()
				defer mu.Unlock()
				for _, v := range samples {
					if v == 0 {
						zeros++
						continue
					}
					torn = torn || int(v) != told%30000+1
					told++
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		counts := func() (int, int, bool) {
			time.Sleep(2 * time.Second)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			defer func() { zeros = 0 }()
			return told, zeros, torn
		}
		if told, zeros, torn := counts(); torn || told < 95000 || told > 96000 || zeros > block {
			t.Errorf("told of %d samples and %d zeros in 2 s, want 96000 (torn: %v)", told, zeros, torn)
		}
		f.set(func() { f.dead["speaker"] = true })
		if told, zeros, torn := counts(); torn || told > 96000+block || zeros < 94000 || zeros > 98000 {
			t.Errorf("told of %d samples in all (torn: %v) and %d zeros while the device stood still", told, torn, zeros)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOfManyProblemsTheNewestAreKept(t *testing.T) {
	d := NewDevices(nil)
	for i := range 20 {
		d.report(&SwitchError{To: string(rune('a' + i))})
	}
	var first *SwitchError
	if !errors.As(<-d.Problems(), &first) || first.To != "e" {
		t.Errorf("the oldest kept is %v, want the fifth", first)
	}
}

func TestAReaderThatStoppedForAWhileGetsTheNewest(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		m := microphoneOf(t, d, "")
		time.Sleep(250 * time.Millisecond)
		frame, err := m.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if age := time.Since(frame.Captured); age > 25*time.Millisecond {
			t.Errorf("sound of %v ago, want at most 25 ms", age)
		}
	})
}

func TestARingOfSamplesGoesAroundItsEnd(t *testing.T) {
	r := newPCM(16000)
	x := make([]int16, 10000)
	for i := range x {
		x[i] = int16(i)
	}
	r.write(x)
	r.write(x) // what does not fit is lost
	if r.ready() != 16384 {
		t.Fatalf("%d samples ready, want 16384", r.ready())
	}
	out := make([]int16, 10000)
	r.read(out)
	if out[9999] != 9999 {
		t.Errorf("sample 9999 is %d", out[9999])
	}
	r.write(x[:5000]) // around the end
	r.read(out)
	if out[6383] != 6383 || out[6384] != 0 || out[9999] != 3615 {
		t.Errorf("samples %d %d %d", out[6383], out[6384], out[9999])
	}
	if r.read(out); r.missed.Load() != 1 || out[1384] != 0 {
		t.Errorf("missed %d", r.missed.Load())
	}
}
