package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"confab/ui"
	"confab/ui/look"
	"confab/ui/settings"
)

func load(t *testing.T, path string) settings.Settings {
	t.Helper()
	s, err := settings.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSettingsOpenOverTheCallAndClose(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.tap("Settings")
	p.sees("Microphone")
	p.typeKeys("l") // leaves no call behind the settings
	p.press(fyne.KeyEscape)
	p.sees("Leave")
}

func TestChosenDeviceIsUsedAndKept(t *testing.T) {
	p := sit(t, nil)
	p.tap("Turn on your camera")
	p.sees("Camera on")
	p.tap("Settings")
	p.tap("Video")
	p.tap("HD Webcam (default)")
	p.tap("Document camera")
	p.wait("the other camera", func() bool {
		opened := p.devices.opens()
		return opened[len(opened)-1] == "camera cam-2"
	})
	p.tap("Done")
	p.sees("Document camera")
	p.quit()
	if s := load(t, p.path); s.Camera != "cam-2" {
		t.Errorf("kept %q", s.Camera)
	}
	if n := p.devices.count(); n != 0 {
		t.Errorf("%d devices are open", n)
	}
}

func TestWrongRelayIsSaidAndNotKept(t *testing.T) {
	p := sit(t, nil)
	p.tap("Settings")
	p.tap("Network")
	p.fill("STUN and TURN servers, one a line", "turn:nobody")
	p.sees("One of the STUN and TURN servers is not written right.")
	p.press(fyne.KeyEscape) // in a field too
	p.sees("Join a call")
	p.tap("Settings")
	p.tap("Network")
	p.fill("STUN and TURN servers, one a line", "turn:eve:secret@example.org:3478")
	p.sawGo("One of the STUN and TURN servers")
	p.tap("Send everything through relays")
	p.tap("Done")
	call := p.join()
	if r := call.request; len(r.ICEServers) != 1 || r.ICEServers[0].Credential != "secret" || !r.RelayOnly {
		t.Errorf("joined with %+v", r)
	}
	p.quit()
	if s := load(t, p.path); len(s.ICEServers) != 1 || !s.RelayOnly {
		t.Errorf("kept %q, relay only %v", s.ICEServers, s.RelayOnly)
	}
}

func TestServerOfTheSettingsIsTheOneOfTheLobby(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Name, o.Room = "Eve", "stand-up" })
	p.tap("Settings")
	p.tap("Network")
	p.fill("Server that brings people together", "wss://example.org")
	p.tap("Done")
	p.tap("Join")
	p.sees("Connected through example.org")
}

func TestLightAppearance(t *testing.T) {
	p := sit(t, nil)
	dark := look.Color(theme.ColorNameBackground)
	p.tap("Settings")
	p.tap("Appearance")
	p.tap("Dark")
	p.tap("Light")
	if look.Color(theme.ColorNameBackground) == dark {
		t.Error("the background is still dark")
	}
	p.tap("Done")
	p.quit()
	if s := load(t, p.path); s.Appearance != settings.Light {
		t.Errorf("kept %q", s.Appearance)
	}
}

func TestSpeakerChangesInTheCall(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	p.tap("Settings")
	p.tap("Built-in audio (default)")
	p.tap("Built-in audio")
	p.wait("the speaker", func() bool {
		call.mu.Lock()
		defer call.mu.Unlock()
		return len(call.speakers) > 0 && call.speakers[len(call.speakers)-1] == "spk-1"
	})
}
