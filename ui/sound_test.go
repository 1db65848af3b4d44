package ui_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui"
	"confab/ui/look"
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
	const hint = "No sound comes from your microphone."
	p.media.hear(conference.MicrophoneState{NoSound: true})
	p.sees(hint)
	p.media.hear(conference.MicrophoneState{})
	p.sawGo(hint)
	call := p.join()
	call.update(func(s *conference.Snapshot) { s.Microphone.NoSound = true })
	p.sees(hint)
	call.update(func(s *conference.Snapshot) { s.Microphone.NoSound = false })
	p.sawGo(hint)
}

func TestADeadMicrophoneDoesNotHideWhyJoiningFailed(t *testing.T) {
	p := sit(t, nil)
	p.tap("Join")
	p.sees("Type your name")
	p.media.hear(conference.MicrophoneState{NoSound: true})
	p.wait("a tick", func() bool { return true })
	p.sees("Type your name")
	p.media.hear(conference.MicrophoneState{})
	p.wait("a tick", func() bool { return true })
	p.sees("Type your name")
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

func TestLobbyShowsWhatIsDoneToTheSound(t *testing.T) {
	p := sit(t, nil)
	p.window.FyneWindow().Resize(fyne.NewSize(1280, 800))
	p.sees("✓ Noise suppression   ✓ Echo cancellation")
	p.tap("Settings")
	p.check("Noise suppression")
	p.tap("Done")
	p.sees("✓ Echo cancellation")
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

func TestADeviceThatIsPluggedInAppearsInTheOpenMenu(t *testing.T) {
	p := sit(t, nil)
	for _, d := range []struct {
		section, now string
		plugged      capture.Device
	}{
		{"Audio", "Built-in microphone (default)", capture.Device{Kind: capture.Microphone, ID: "mic-2", Name: "Headset"}},
		{"Audio", "Built-in audio (default)", capture.Device{Kind: capture.Speaker, ID: "spk-2", Name: "Headphones"}},
		{"Video", "HD Webcam (default)", capture.Device{Kind: capture.Camera, ID: "cam-3", Name: "Microscope"}},
	} {
		p.tap("Settings")
		p.tap(d.section)
		p.sees(d.now)
		picker := p.where(d.now)
		p.tap(d.now)
		if p.reads(d.plugged.Name) {
			t.Errorf("%s is there at first", d.plugged.Name)
		}
		p.devices.plug(d.plugged)
		p.sees(d.plugged.Name)
		if at := p.where(d.plugged.Name); at.Y <= picker.Y || at.X < picker.X-100 {
			t.Errorf("%s is offered at %v, not under the picker at %v", d.plugged.Name, at, picker)
		}
		p.tap(d.plugged.Name)
		p.wait("the menu closed", func() bool { return !p.reads(d.now) })
		p.sees(d.plugged.Name)
		p.tap("Done")
	}
}

func TestAnotherDeviceIsChosenWithTheRightButtonInACall(t *testing.T) {
	p := sit(t, nil)
	p.tap("Mic off")
	p.sees("Mic on")
	p.join()
	p.devices.plug(capture.Device{Kind: capture.Microphone, ID: "mic-2", Name: "Headset"})
	p.wait("the headset", func() bool {
		p.press(fyne.KeyEscape) // a menu of before
		test.TapSecondaryAt(p.button("Mute"), fyne.NewPos(5, 5))
		return p.reads("Headset")
	})
	p.tap("Headset")
	p.wait("the headset to be opened", func() bool { return slices.Contains(p.devices.opens(), "microphone mic-2") })
	if p.media.Muted(conference.Microphone) {
		t.Error("another microphone has muted")
	}
}

// button is the button of the toolbar with a label.
func (p *person) button(label string) *look.ToolButton {
	p.Helper()
	for _, f := range p.visible() {
		if b, ok := f.object.(*look.ToolButton); ok && b.Label() == label {
			return b
		}
	}
	p.Fatalf("no button %q", label)
	return nil
}

func TestACameraThatWasStartedAgainIsSaid(t *testing.T) {
	p := sit(t, nil)
	p.tap("Camera off")
	p.sees("Camera on")
	p.devices.mu.Lock()
	report := p.devices.report
	p.devices.mu.Unlock()
	report(&capture.RestartError{Camera: "cam-1"})
	p.sees("The camera had stopped and was started again.")
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
