package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui"
)

func TestWhoSpeaksWhileMutedIsToldAsLongAsItIsSo(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	const hint = "You are muted, but speaking. Press M to be heard."
	if p.reads(hint) {
		t.Error("the hint is there at first")
	}
	call.update(func(s *conference.Snapshot) { s.Microphone.MutedSpeaking = true })
	p.sees(hint)
	call.update(func(s *conference.Snapshot) { s.Microphone.MutedSpeaking = false })
	p.sawGo(hint)
}

func TestADeadMicrophoneIsSaid(t *testing.T) {
	p := sit(t, nil)
	p.join().tell(conference.NoSound{})
	p.sees("No sound comes from your microphone.")
}

func TestProcessingIsSwitchedInTheSettingsAndKept(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Processing.NoiseOff = true }) // by the command line
	if off := p.media.off(); off != (conference.Processing{NoiseOff: true}) {
		t.Errorf("at first %+v", off)
	}
	p.tap("Settings")
	for _, c := range []struct {
		name string
		want conference.Processing
	}{
		{"Echo cancellation", conference.Processing{EchoOff: true, NoiseOff: true}},
		{"Automatic volume", conference.Processing{EchoOff: true, NoiseOff: true, VolumeOff: true}},
		{"Noise suppression", conference.Processing{EchoOff: true, VolumeOff: true}},
		{"Echo cancellation", conference.Processing{VolumeOff: true}},
	} {
		p.check(c.name)
		if off := p.media.off(); off != c.want {
			t.Errorf("after %q: %+v, want %+v", c.name, off, c.want)
		}
	}
	p.tap("Done")
	p.quit()
	if s := load(t, p.path); !s.EchoCancellation || !s.NoiseSuppression || s.AutomaticVolume {
		t.Errorf("kept %+v", s)
	}
}

// check ticks a box, or unticks it.
func (p *person) check(name string) {
	p.Helper()
	for _, f := range p.visible() {
		if c, ok := f.object.(*widget.Check); ok && c.Text == name {
			c.Tapped(&fyne.PointEvent{Position: fyne.NewPos(10, 10)})
			return
		}
	}
	p.Fatalf("no box %q", name)
}

func TestMutingWaitsForNoDevice(t *testing.T) {
	p := sit(t, nil)
	p.tap("Mic off")
	p.sees("Mic on")
	p.join()
	p.devices.mu.Lock()
	p.devices.held = make(chan struct{})
	p.devices.mu.Unlock()
	defer close(p.devices.held)
	p.typeKeys("v") // a camera that hangs
	p.typeKeys("m")
	p.wait("muting", func() bool { return !p.media.Active(conference.Microphone) })
	p.sees("Unmute")
	p.typeKeys("mmm")
	p.wait("unmuting", func() bool { return p.media.Active(conference.Microphone) })
	p.sees("Mute")
}

func TestADeviceThatIsPluggedInAppears(t *testing.T) {
	p := sit(t, nil)
	p.tap("Settings")
	p.sees("Built-in microphone (default)")
	p.devices.plug(capture.Device{Kind: capture.Microphone, ID: "mic-2", Name: "Headset"})
	p.wait("the headset", func() bool {
		p.tap("Built-in microphone (default)")
		return p.reads("Headset")
	})
}

func TestHowLoudSomebodyIsHeardIsSetInTheSettings(t *testing.T) {
	p := sit(t, nil)
	ben := p.join().enter("p1", "Ben", conference.StateConnected)
	p.sees("Ben")
	p.tap("Settings")
	p.tap("People")
	p.sees("100 %")
	for _, f := range p.visible() {
		if s, ok := f.object.(*widget.Slider); ok {
			p.canvas.Focus(s)
			for range 4 {
				p.press(fyne.KeyLeft)
			}
		}
	}
	p.sees("80 %")
	if v := ben.Volume(); v < 0.79 || v > 0.81 {
		t.Errorf("Ben is heard with %v", v)
	}
}

func TestTheMainSpeakerIsLargeWhenThatIsWanted(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("ana", "Ana", conference.StateConnected)
	call.enter("ben", "Ben", conference.StateConnected)
	call.enter("chen", "Chen", conference.StateConnected)
	p.sees("Chen")
	grid := p.where("Chen")
	call.update(func(s *conference.Snapshot) { s.MainSpeaker = "chen" })
	p.wait("the news", func() bool { return true })
	if p.where("Chen") != grid {
		t.Error("in a grid somebody moves because somebody speaks")
	}
	p.tap("Layout")
	first := p.where("Chen")
	call.update(func(s *conference.Snapshot) { s.MainSpeaker = "ben" })
	p.wait("Ben to be large", func() bool {
		at := p.where("Ben")
		return at.Y == first.Y && p.where("Chen").Y > at.Y
	})
	call.update(func(s *conference.Snapshot) { s.MainSpeaker = "" }) // nobody new
	p.wait("the news", func() bool { return true })
	if at := p.where("Ben"); at.Y != first.Y {
		t.Error("Ben is small again, though nobody else has spoken")
	}
	p.typeKeys("g")
	p.wait("the grid", func() bool { return p.where("Ben").Y == p.where("Chen").Y })
	p.quit()
	if s := load(t, p.path); s.Arrangement != "grid" {
		t.Errorf("kept %q", s.Arrangement)
	}
}
