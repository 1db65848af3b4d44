package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"confab/conference"
)

// hears waits until the microphone's sound flows, or does not.
func (p *person) hears(what string, on bool) {
	p.Helper()
	p.wait(what, func() bool {
		return p.media.Active(conference.Microphone) == on && p.reads(map[bool]string{true: "Mute", false: "Unmute"}[on])
	})
}

func TestWhoHoldsSpaceIsHeardAndMutedAfterwards(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.hears("muted at first", false)
	letGo := p.window.Hold(fyne.KeySpace)
	p.hears("heard while it is held", true)
	letGo()
	p.hears("muted afterwards", false)

	p.typeKeys("m")
	p.hears("unmuted", true)
	p.window.Hold(fyne.KeySpace)()
	p.hears("unmuted before, so also afterwards", true)
	p.typeKeys("m")
	p.hears("muted", false)

	letGo = p.window.Hold(fyne.KeySpace)
	p.hears("heard", true)
	p.typeKeys("m")
	p.hears("muted with the other hand", false)
	letGo()
	p.hears("still muted", false)

	letGo = p.window.Hold(fyne.KeySpace)
	p.hears("heard", true)
	p.typeKeys("m")
	p.hears("muted with the other hand", false)
	p.typeKeys("m")
	p.hears("and unmuted", true)
	letGo()
	p.wait("a tick", func() bool { return true })
	p.hears("unmuted was the last word", true)
}

func TestSpaceThatGoesElsewhereMutes(t *testing.T) {
	p := sit(t, nil)
	p.join()
	p.window.Hold(fyne.KeySpace)
	p.hears("heard", true)
	p.typeKeys("c") // the field takes the key from now on
	p.hears("muted", false)
	p.say("a b")
	p.hears("muted", false)
	p.press(fyne.KeyEscape)

	p.window.Hold(fyne.KeySpace)
	p.hears("heard", true)
	p.tap("Settings")
	p.sees("Hold Space to talk")
	p.wait("muted", func() bool { return !p.media.Active(conference.Microphone) })
	p.tap("Hold Space to talk")
	p.tap("Done")
	p.window.Hold(fyne.KeySpace)
	p.wait("a tick", func() bool { return true })
	p.hears("muted: it is switched off", false)
	p.wait("the choice is kept", func() bool { return !load(t, p.path).SpaceTalks })
}

func TestSpaceInTheLobbyOpensNothing(t *testing.T) {
	p := sit(t, nil)
	p.sees("Join")
	p.canvas.Unfocus()
	p.window.Hold(fyne.KeySpace)()
	p.wait("a tick", func() bool { return true })
	if opened := p.devices.opens(); len(opened) != 0 {
		t.Errorf("opened %v", opened)
	}
}
