package ui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/signaling"
	"confab/ui"
	"confab/ui/settings"
)

func TestNoDeviceIsOpenedBeforeTheUserAsks(t *testing.T) {
	p := sit(t, nil)
	p.sees("Turn on your camera")
	p.sees("HD Webcam (default)") // the devices are listed
	if opened := p.devices.opens(); len(opened) != 0 {
		t.Errorf("opened %v", opened)
	}
	p.sees("Mic off")
	p.sees("Camera off")
}

func TestCameraOpensWhenTheUserTurnsItOn(t *testing.T) {
	p := sit(t, nil)
	p.tap("Turn on your camera")
	p.sees("Camera on")
	p.sees("1280 x 720, 30 fps")
	p.sawGo("Turn on your camera")
	p.tap("Camera on")
	p.sees("Camera off")
	if n := p.devices.count(); n != 0 {
		t.Errorf("%d devices are open", n)
	}
}

func TestWhatWasOnLastTimeIsOnAgain(t *testing.T) {
	p := sit(t, nil)
	p.tap("Mic off")
	p.sees("Mic on")
	p.tap("Camera off")
	p.sees("Camera on")
	p.quit()
	if n := p.devices.count(); n != 0 {
		t.Errorf("%d devices are open after quitting", n)
	}
	path := p.path
	again := sit(t, func(o *ui.Options) { o.SettingsPath = path })
	again.sees("Mic on")
	again.sees("Camera on")
}

func TestDevicesOfTheCommandLineAreOnAndNotKept(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Camera, o.Microphone = "test", "none" })
	p.sees("Camera on")
	p.sees("Test signal")
	p.quit()
	if diff := cmp.Diff([]string{"camera test"}, p.devices.opens()); diff != "" {
		t.Error(diff)
	}
	s, err := settings.Load(p.path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Camera != "" || s.CameraOn {
		t.Errorf("kept camera %q, on %v", s.Camera, s.CameraOn)
	}
}

func TestCameraThatDoesNotOpenIsSaidInWords(t *testing.T) {
	p := sit(t, nil)
	p.devices.fail(fmt.Errorf("open: %w", capture.ErrBusy))
	p.tap("Turn on your camera")
	p.sees("The camera is used by another program.")
	p.sees("Camera off")
}

func TestUnpluggedMicrophoneIsNamed(t *testing.T) {
	p := sit(t, nil)
	p.tap("Mic off")
	p.sees("Mic on")
	p.media.unplug(conference.Microphone)
	p.sees("The microphone was unplugged.")
	p.sees("Mic off")
}

func TestJoinByKeyboard(t *testing.T) {
	p := sit(t, nil)
	p.fill("Password", "secret")
	call := p.join()
	want := ui.Request{Name: "Eve", Room: "stand-up", Signaling: "ws://localhost:8443", Password: "secret"}
	if diff := cmp.Diff(want, call.request); diff != "" {
		t.Error(diff)
	}
	p.sees("stand-up")
	p.sees("Connected through localhost:8443")
	p.sees("Nobody else is here yet.")
}

func TestMissingFieldsAreAskedFor(t *testing.T) {
	p := sit(t, nil)
	p.tap("Join")
	p.sees("Type your name")
	p.fill("Your name", " Eve ")
	p.press(fyne.KeyReturn)
	p.sees("Type the name of the room.")
	p.fill("Room, or paste an invitation", "r")
	p.press(fyne.KeyReturn)
	p.sees("Type the address of the server")
	if n := len(p.requests()); n != 0 {
		t.Errorf("%d joins", n)
	}
}

func TestFailedJoinIsSaidAndFieldsAreKept(t *testing.T) {
	for err, want := range map[error]string{
		signaling.ErrURL:           "This is not a signaling address.",
		signaling.ErrUnknownScheme: "Confab does not know this kind of address.",
		signaling.ErrUnreachable:   "The server cannot be reached.",
		signaling.ErrUnauthorized:  "The room's password is not right.",
		signaling.ErrRoomFull:      "The room is full.",
	} {
		t.Run(err.Error(), func(t *testing.T) {
			p := sit(t, func(o *ui.Options) { o.Name, o.Room, o.Signaling = "Eve", "stand-up", "ws://nowhere" })
			p.setAnswer(func(context.Context, ui.Request) error { return fmt.Errorf("join: %w", err) })
			p.tap("Join")
			p.sees(want)
			p.setAnswer(nil)
			p.tap("Join")
			p.sees("Leave")
			if diff := cmp.Diff(p.requests()[0], p.requests()[1]); diff != "" {
				t.Errorf("the fields have changed: %s", diff)
			}
		})
	}
}

func TestJoinIsCancelledByEscape(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Name, o.Room, o.Signaling = "Eve", "stand-up", "ws://slow" })
	p.setAnswer(func(ctx context.Context, _ ui.Request) error { <-ctx.Done(); return ctx.Err() })
	p.tap("Join")
	p.sees("Cancel")
	p.wait("the join to begin", func() bool { return len(p.requests()) == 1 })
	p.press(fyne.KeyEscape)
	p.sawGo("Cancel")
	p.sees("Join")
	if p.reads("went wrong") {
		t.Error("a cancelled join is reported as an error")
	}
}

func TestCallThatComesAfterCancellingIsLeft(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Name, o.Room, o.Signaling = "Eve", "stand-up", "ws://slow" })
	p.setAnswer(func(ctx context.Context, _ ui.Request) error { <-ctx.Done(); return nil }) // too late, but good
	p.tap("Join")
	p.wait("the join to begin", func() bool { return len(p.requests()) == 1 })
	p.tap("Cancel")
	p.wait("the late call to be left", func() bool { return p.call() != nil && p.call().timesLeft() == 1 })
	p.sees("Join")
}

func TestJoinAtOnce(t *testing.T) {
	p := sit(t, func(o *ui.Options) {
		o.Name, o.Room, o.Signaling, o.Join = "Eve", "stand-up", "ws://localhost", true
	})
	p.sees("Leave")
}

func TestWhereOneWentIsOfferedAgain(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.quit()
	s, err := settings.Load(p.path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Eve", "stand-up", "ws://localhost:8443", "ws://localhost:8443"}
	if diff := cmp.Diff(want, append([]string{s.Name, s.Room, s.Signaling}, s.Servers...)); diff != "" {
		t.Error(diff)
	}
}

func TestTestSoundPlaysOnTheChosenSpeaker(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Speaker = "spk-1" })
	p.tap("Play a test sound")
	p.wait("the sound", func() bool {
		p.devices.mu.Lock()
		defer p.devices.mu.Unlock()
		return strings.Join(p.devices.played, " ") == "spk-1"
	})
}

func TestDamagedSettingsAreSaidAndKeptAside(t *testing.T) {
	path := t.TempDir() + "/settings.json"
	write(t, path, "{")
	p := sit(t, func(o *ui.Options) { o.SettingsPath = path })
	p.sees("The settings were damaged")
}

func TestPastedInvitationJoinsItsCall(t *testing.T) {
	const key = "0123456789abcdefghijklmnopqrstuv"
	for _, text := range []string{
		"confab://example.org/stand-up#" + key,
		" https://example.org/r/stand-up#" + key + " ",
	} {
		p := sit(t, nil)
		p.fill("Your name", "Eve")
		p.fill("Room, or paste an invitation", text)
		p.press(fyne.KeyReturn)
		p.sees("Leave")
		want := ui.Request{Name: "Eve", Room: "stand-up", Signaling: "wss://example.org", Key: key}
		if diff := cmp.Diff(want, p.call().request); diff != "" {
			t.Error(diff)
		}
		p.tap("Copy invitation")
		p.sees("Copied")
		if got, want := fyne.CurrentApp().Clipboard().Content(), "https://example.org/r/stand-up#"+key; got != want {
			t.Errorf("the invitation of a server with a page is %q, want %q", got, want)
		}
		p.call().enter("b", "Ben", conference.StateConnected)
		p.sees("Encrypted, verified")
		p.quit()
		s, err := settings.Load(p.path)
		if err != nil {
			t.Fatal(err)
		}
		if kept := fmt.Sprintf("%+v", s); strings.Contains(kept, key) {
			t.Errorf("the key is kept: %s", kept)
		}
	}
}

func TestHalfOfAnInvitationIsSaidToBeSo(t *testing.T) {
	p := sit(t, nil)
	p.fill("Your name", "Eve")
	p.fill("Room, or paste an invitation", "confab://example.org/stand-up#0123456789")
	p.press(fyne.KeyReturn)
	p.sees("This invitation is not whole.")
	if n := len(p.requests()); n != 0 {
		t.Errorf("%d joins", n)
	}
}
