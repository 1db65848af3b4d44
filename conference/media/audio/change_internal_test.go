package audio

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// hearing counts what a speaker's devices have played, and for how long nothing was.
type hearing struct {
	mu sync.Mutex

	played, silent, longest int // samples; the last two without sound in a row
}

func (h *hearing) options() SpeakerOptions {
	return SpeakerOptions{
		Fill: func(_ time.Time, out *media.AudioFrame) {
			for i := range out.Samples {
				out.Samples[i] = 1000
			}
		},
		Played: func(samples []int16) {
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, v := range samples {
				h.played++
				if h.silent++; v != 0 {
					h.silent = 0
				}
				h.longest = max(h.longest, h.silent)
			}
		},
	}
}

// gap is how long nothing was played at the longest, and whether nothing is played now; it begins to count
// anew.
func (h *hearing) gap() (longest time.Duration, silent bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	longest = time.Duration(h.longest) * time.Second / media.SampleRate
	h.longest = 0
	return longest, h.silent > 0
}

func TestSoundIsBackWithinASecondAfterAnUnplugging(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		f.devices = append(f.devices, device(capture.Speaker, "headphones", false))
		all := f.devices
		var h hearing
		if _, err := d.OpenSpeaker("headphones", h.options()); err != nil {
			t.Fatal(err)
		}
		m := microphoneOf(t, d, "headset")
		time.Sleep(2 * time.Second)
		for range 3 {
			h.gap()
			// Both go, and the system's choice has another rate.
			f.set(func() {
				f.devices, f.rate, f.channels = []capture.Device{all[0], all[2]}, 44100, 2
				f.dead["headset"], f.dead["headphones"] = true, true
			})
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if gap, silent := h.gap(); gap > time.Second || silent {
				t.Errorf("nothing was played for %v after the unplugging", gap)
			}
			f.set(func() {
				f.devices, f.rate, f.channels = all, 96000, 2
				f.dead["headset"], f.dead["headphones"] = false, false
			})
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if gap, silent := h.gap(); gap > 300*time.Millisecond || silent {
				t.Errorf("nothing was played for %v when it was back", gap)
			}
			frame, err := m.Read(t.Context())
			if age := time.Since(frame.Captured); err != nil || age > 30*time.Millisecond {
				t.Errorf("microphone: sound of %v ago, %v", age, err)
			}
		}
		if want := 14 * media.SampleRate; h.played < want-media.SampleRate/10 || h.played > want+media.SampleRate/10 {
			t.Errorf("told of %d samples in 14 s", h.played)
		}
	})
}

func TestSoundIsBackSoonAfterTheSystemIs(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		var h hearing
		if _, err := d.OpenSpeaker("", h.options()); err != nil {
			t.Fatal(err)
		}
		m := microphoneOf(t, d, "")
		time.Sleep(2 * time.Second)
		h.gap()
		f.set(func() { f.down = true })
		time.Sleep(4 * time.Second)
		f.set(func() { f.down = false })
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if gap, silent := h.gap(); gap > 6*time.Second || silent {
			t.Errorf("nothing was played for %v; the system was away for 4 s", gap)
		}
		if frame, err := m.Read(t.Context()); err != nil || time.Since(frame.Captured) > 30*time.Millisecond {
			t.Errorf("microphone: %v, %v", frame.Captured, err)
		}
	})
}

func TestChangesOfTheListAreTold(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		ctx, cancel := context.WithCancel(t.Context())
		changes, others := d.Changes(ctx), d.Changes(t.Context())
		happened := func() bool {
			time.Sleep(2 * retryInterval) // though nothing is open
			select {
			case <-changes:
				return true
			default:
				return false
			}
		}
		happened() // the first list
		if happened() {
			t.Error("told though nothing changed")
		}
		all := f.devices
		f.set(func() { f.devices = all[1:] })
		if !happened() {
			t.Error("not told that a microphone went")
		}
		f.set(func() { f.devices = all })
		if !happened() || happened() {
			t.Error("not told once that it came")
		}
		f.set(func() {
			f.devices = []capture.Device{all[0], all[1], device(capture.Speaker, "speaker", false)}
		})
		if !happened() {
			t.Error("not told that the default changed")
		}
		f.set(func() { f.down = true })
		if devices, err := d.List(); err == nil {
			t.Errorf("List = %v of a system that is down", devices)
		}
		if !happened() {
			t.Error("not told that all are gone")
		}
		cancel()
		synctest.Wait()
		if _, open := <-changes; open {
			t.Error("changes after the end of the context")
		}
		select {
		case <-others:
		default:
			t.Error("the other reader was told nothing")
		}
		f.set(func() { f.down = false })
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		for range others { // one that waits, perhaps, and then the end
		}
		for range d.Changes(t.Context()) {
			t.Error("changes of what is closed")
		}
	})
}

func TestAMicrophoneDoesNotFollowTheSystemToTheEchoOfASpeaker(t *testing.T) {
	t.Setenv("PULSE_SOURCE", "")
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		microphoneOf(t, d, "")
		settled()
		all := f.devices
		f.set(func() { f.devices = all[1:] }) // the default went; the system's choice is not listed now
		settled()
		if last := f.opened[len(f.opened)-1]; last != "headset" {
			t.Errorf("opened %q, want the headset", f.opened)
		}
		if p := problem(d); p != `microphone "The built-in" was unplugged, using "The headset"` {
			t.Errorf("problem %q", p)
		}
		f.set(func() { f.devices = all[2:] })
		settled()
		if n := len(f.streams); n != 0 {
			t.Errorf("%d streams are open without a microphone", n)
		}
		if p := problem(d); p != `microphone "The headset" is gone and there is no other` {
			t.Errorf("problem %q", p)
		}
		f.set(func() { f.devices = all })
		time.Sleep(retryInterval + settledFor)
		synctest.Wait()
		if n := len(f.streams); n != 1 {
			t.Errorf("%d streams are open, want 1", n)
		}
	})
}

func TestAnotherDefaultIsTakenOverSilently(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		f.devices = append(f.devices, device(capture.Speaker, "headphones", false))
		var h hearing
		if _, err := d.OpenSpeaker("", h.options()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		h.gap()
		f.set(func() { // its streams move there by themselves
			f.devices = []capture.Device{
				f.devices[0], f.devices[1], device(capture.Speaker, "speaker", false), device(capture.Speaker, "headphones", true),
			}
		})
		time.Sleep(time.Second)
		f.set(func() { f.devices = []capture.Device{f.devices[0], f.devices[1], f.devices[3]} })
		time.Sleep(time.Second)
		synctest.Wait()
		gap, _ := h.gap()
		if p := problem(d); p != "" || len(f.opened) != 1 || gap > 20*time.Millisecond {
			t.Errorf("problem %q, opened %q, longest silence %v", p, f.opened, gap)
		}
	})
}

func TestASpeakerDiesAwayBeforeItIsClosed(t *testing.T) {
	withFake(t, func(t *testing.T, f *fakeSystem, d *Devices) {
		var h hearing
		s, err := d.OpenSpeaker("speaker", h.options())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		var c *cable
		f.set(func() {
			for s := range f.streams {
				c = s.wire
			}
		})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if !c.still.Load() || c.seam.last != 0 {
			t.Errorf("the last sample was %d", c.seam.last)
		}
	})
}
