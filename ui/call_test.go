package ui_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"confab/conference"
	"confab/conference/signaling"
	"confab/ui"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestParticipantAppearsAndDisappears(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ben", conference.StateConnecting)
	p.sees("Connecting to Ben")
	p.sawGo("Nobody else is here yet.")
	call.set("p1", func(b *conference.Participant) { b.State = conference.StateConnected })
	p.sawGo("Connecting to Ben")
	p.sees("Ben")
	p.sees("Encrypted")
	call.update(func(s *conference.Snapshot) { s.Participants = nil })
	p.sees("Nobody else is here yet.")
	p.sees("Ben left the room.")
	p.sawGo("Encrypted")
}

func TestParticipantWithoutConnectionHasNoTile(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ben", 0)
	p.sawGo("Nobody else is here yet.")
	if p.reads("Ben") {
		t.Error("there is a tile before there is a connection")
	}
}

func TestReconnectingKeepsTheTile(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ben", conference.StateConnected)
	p.sees("Ben")
	call.set("p1", func(b *conference.Participant) { b.Reconnecting, b.Since = true, time.Now().Add(-4*time.Second) })
	p.sees("Reconnecting to Ben")
	p.sees("Trying again, 4 s")
	call.set("p1", func(b *conference.Participant) { b.Reconnecting = false })
	p.sawGo("Reconnecting to Ben")
	p.sees("Ben")
}

func TestFailedConnectionIsSaidOnceAndItsTileGoes(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ben", conference.StateConnected)
	call.enter("p2", "Ana", conference.StateConnected)
	p.sees("Ben")
	call.set("p1", func(b *conference.Participant) {
		b.State, b.Err = conference.StateFailing, conference.ErrPathLost
	})
	p.sees("The connection to Ben was lost")
	call.set("p1", func(b *conference.Participant) { b.State = conference.StateFailed })
	p.tap("Close")
	p.sawGo("Ben")
	p.sees("Ana")
	call.set("p1", func(b *conference.Participant) { b.State, b.Err = conference.StateConnected, nil })
	p.sees("Ben")
}

func TestNoticeGoesByItself(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ben", conference.StateConnected)
	p.sees("Ben")
	call.update(func(s *conference.Snapshot) { s.Participants = nil })
	p.sees("Ben left the room.")
	p.window.Tick(time.Now().Add(time.Minute))
	if p.reads("Ben left the room.") {
		t.Error("the notice is still there after a minute")
	}
}

func TestLostServerIsSaidWhileTheCallGoesOn(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ben", conference.StateConnected)
	call.update(func(s *conference.Snapshot) { s.SignalingErr = signaling.ErrInterrupted })
	p.sees("Server lost, the call goes on; reconnecting")
	p.sees("Ben")
	call.update(func(s *conference.Snapshot) { s.SignalingErr = nil })
	p.sees("Connected through localhost:8443")
}

func TestMuteButtonSaysWhatIs(t *testing.T) {
	p := sit(t, nil)
	p.tap("Mic off")
	p.sees("Mic on")
	p.join()
	p.tap("Mute")
	p.sees("Unmute")
	if p.media.Active(conference.Microphone) || !p.media.Open(conference.Microphone) {
		t.Error("muted: sound must stop, and the device stay open")
	}
	p.tap("Unmute")
	p.sees("Mute")
	p.media.SetMuted(conference.Microphone, true) // by somebody else
	p.media.unplug(conference.Camera)             // whatever makes it look again
	p.sees("Unmute")
}

func TestUnmutingOpensAMicrophoneThatWasNeverOn(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.tap("Unmute")
	p.sees("Mute")
	if got := p.devices.opens(); !slices.Equal(got, []string{"microphone "}) {
		t.Errorf("opened %v", got)
	}
}

func TestLettersAreShortcuts(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.typeKeys("m")
	p.sees("Mute")
	p.typeKeys("v")
	p.sees("Camera")
	p.typeKeys("s")
	p.sees("Stop")
	p.typeKeys("s")
	p.sees("Share")
	p.press(fyne.KeyF11)
	if !p.window.FyneWindow().FullScreen() {
		t.Error("F11 does not make the window full")
	}
	p.press(fyne.KeyEscape)
	if p.window.FyneWindow().FullScreen() {
		t.Error("Escape does not end full screen")
	}
	p.typeKeys("l")
	p.sees("You left the room.")
}

func TestLettersWorkWhileAButtonHasTheFocus(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.canvas.FocusNext()
	if p.canvas.Focused() == nil {
		t.Fatal("Tab reaches nothing")
	}
	p.typeKeys("m")
	p.sees("Mute")
	p.press(fyne.KeyF11)
	if !p.window.FyneWindow().FullScreen() {
		t.Error("F11 does not reach the window")
	}
}

func TestEveryButtonIsReachedByTab(t *testing.T) {
	p := sit(t, nil)
	p.join()
	reached := map[string]bool{}
	for range 20 {
		p.canvas.FocusNext()
		if b, ok := p.canvas.Focused().(interface{ Label() string }); ok {
			reached[b.Label()] = true
		}
	}
	for _, label := range []string{"Unmute", "Camera off", "Share", "Full screen", "Settings", "Leave"} {
		if !reached[label] {
			t.Errorf("%s is not reached", label)
		}
	}
}

func TestManyPressesEndWhereTheyShould(t *testing.T) {
	p := sit(t, nil)
	p.join()
	for range 7 {
		p.typeKeys("m")
	}
	p.sees("Mute")
	if n := len(p.devices.opens()); n > 7 {
		t.Errorf("%d openings", n)
	}
}

func TestBarsHideInFullScreenAndComeBack(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.window.FyneWindow().SetFullScreen(true)
	now := time.Now()
	p.window.Tick(now)
	if !p.reads("Leave") {
		t.Error("the toolbar is hidden at once")
	}
	p.window.Tick(now.Add(4 * time.Second))
	if p.reads("Leave") {
		t.Error("the toolbar is there after 4 s")
	}
	p.press(fyne.KeyUp)
	p.window.Tick(now.Add(5 * time.Second))
	if !p.reads("Leave") {
		t.Error("the toolbar does not come back")
	}
}

func TestSendersAreAskedForTheSizeOfTheirTile(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	ben := call.enter("p1", "Ben", conference.StateConnected)
	p.wait("a wish", func() bool { return len(ben.wishes(conference.Camera)) == 1 })
	first := ben.wishes(conference.Camera)[0]
	if !first.visible || first.width < 600 || first.height < 300 {
		t.Errorf("asked for %+v", first)
	}
	for step := range 40 { // as somebody drags the window's edge
		p.window.FyneWindow().Resize(fyne.NewSize(float32(1240-10*step), 800))
		p.window.Tick(time.Now())
	}
	p.wait("another wish", func() bool { return len(ben.wishes(conference.Camera)) > 1 })
	if n := len(ben.wishes(conference.Camera)); n > 20 {
		t.Errorf("%d wishes for one dragging", n)
	}
}

func TestSharedScreenHasItsOwnTile(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	ben := call.enter("p1", "Ben", conference.StateConnected)
	call.enter("p2", "Ana", conference.StateConnected)
	call.set("p1", func(b *conference.Participant) { b.Metadata.Screen = true })
	p.sees("Ben is sharing their screen")
	p.sees("The shared screen is coming")
	p.wait("a wish for the screen", func() bool { return len(ben.wishes(conference.Screen)) > 0 })
	s := ben.Surface(conference.Screen)
	s.Back(64, 36)
	s.Publish()
	p.sawGo("The shared screen is coming")
	call.set("p1", func(b *conference.Participant) { b.Metadata.Screen = false })
	p.sawGo("Ben is sharing their screen")
	p.sees("Ben")
}

func TestWhyACallEndedIsSaid(t *testing.T) {
	for want, err := range map[string]error{
		"You were removed from the room.":                 signaling.ErrKicked,
		"The call has ended. The room was closed.":        nil,
		"You joined this room from another place":         signaling.ErrReplaced,
		"The call has ended. Something went wrong: fire.": errors.New("fire"),
	} {
		t.Run(want, func(t *testing.T) {
			p := sit(t, nil)
			call := p.join()
			call.enter("p1", "Ben", conference.StateConnected)
			p.sees("Ben")
			call.update(func(s *conference.Snapshot) { s.Left, s.LeftErr = true, err })
			p.sees(want)
			p.sees("Join a call")
		})
	}
}

func TestAfterLeavingOneCanJoinAgain(t *testing.T) {
	p := sit(t, nil)
	first := p.join()
	p.tap("Leave")
	p.sees("You left the room.")
	p.wait("the room to be left", func() bool { return first.timesLeft() == 1 })
	p.tap("Join")
	p.sees("Leave")
	if p.call() == first {
		t.Error("no second call")
	}
}

func TestClosingTheWindowLeavesTheRoomAndReleasesDevices(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Camera, o.Microphone = "test", "test" })
	call := p.join()
	p.wait("the devices", func() bool { return p.devices.count() == 2 })
	p.quit()
	if call.timesLeft() != 1 {
		t.Error("the room was not left")
	}
	if n := p.devices.count(); n != 0 {
		t.Errorf("%d devices are open", n)
	}
}

func TestClosingTheWindowWhileJoiningLeavesTheRoom(t *testing.T) {
	p := sit(t, func(o *ui.Options) { o.Name, o.Room, o.Signaling = "Eve", "stand-up", "ws://slow" })
	p.setAnswer(func(ctx context.Context, _ ui.Request) error { <-ctx.Done(); return nil }) // too late, but good
	p.tap("Join")
	p.wait("the join to begin", func() bool { return len(p.requests()) == 1 })
	p.quit() // nobody carries out what is posted any more
	if call := p.call(); call == nil || call.timesLeft() == 0 {
		t.Error("the room was not left")
	}
}

func TestFyneThatDoesNotEndIsEnded(t *testing.T) {
	p := sit(t, nil)
	p.window.Quit()
	select {
	case code := <-p.exits: // nobody waits for the window, as if Fyne's loop went on
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(patience):
		t.Error("the process is not ended")
	}
}

func TestRoomThatCannotBeLeftDoesNotHoldTheWindow(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.leaving = make(chan struct{}) // Leave never ends by itself
	p.window.Quit()
	ended := make(chan struct{})
	go func() { p.window.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("quitting hangs")
	}
}
