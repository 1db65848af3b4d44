package ui_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"confab/conference"
	"confab/ui"
)

// windowSizes are the least size that must work, the first one, and a large one.
var windowSizes = []fyne.Size{{Width: 800, Height: 600}, {Width: 1280, Height: 800}, {Width: 2560, Height: 1400}}

// everySize calls check in windows of all sizes.
func (p *person) everySize(name string, check func(where string)) {
	p.Helper()
	for _, size := range windowSizes {
		p.window.FyneWindow().Resize(size)
		p.work()
		check(fmt.Sprintf("%s at %gx%g", name, size.Width, size.Height))
	}
}

// textsFit checks that every text lies in the window and that none lies over another.
func (p *person) textsFit(where string) {
	p.Helper()
	type box struct {
		text   string
		at     fyne.Position
		corner fyne.Position
	}
	var boxes []box
	window := p.canvas.Size()
	for _, f := range p.visible() {
		t, ok := f.object.(*canvas.Text)
		if !ok || len(t.Text) < 2 { // initials may lie under something
			continue
		}
		size := t.MinSize()
		x := f.at.X
		switch t.Alignment {
		case fyne.TextAlignCenter:
			x += (t.Size().Width - size.Width) / 2
		case fyne.TextAlignTrailing:
			x += t.Size().Width - size.Width
		}
		b := box{t.Text, fyne.NewPos(x, f.at.Y), fyne.NewPos(x+size.Width, f.at.Y+size.Height)}
		if b.at.X < -1 || b.at.Y < -1 || b.corner.X > window.Width+1 || b.corner.Y > window.Height+1 {
			p.Errorf("%s: %q lies outside, from %v to %v", where, b.text, b.at, b.corner)
		}
		for _, o := range boxes {
			const touch = 3 // line boxes are higher than their letters
			if b.at.X+touch < o.corner.X && o.at.X+touch < b.corner.X && b.at.Y+touch < o.corner.Y && o.at.Y+touch < b.corner.Y {
				p.Errorf("%s: %q lies over %q", where, b.text, o.text)
			}
		}
		boxes = append(boxes, b)
	}
	if len(boxes) < 3 {
		p.Errorf("%s: only %d texts", where, len(boxes))
	}
}

func TestLobbyFitsEveryWindow(t *testing.T) {
	p := sit(t, nil)
	p.sees("HD Webcam")
	p.everySize("lobby", p.textsFit)
	p.tap("Join")
	p.sees("Type your name")
	p.everySize("lobby with a sentence", p.textsFit)
	if least := p.canvas.Content().MinSize(); least.Width > 800 || least.Height > 600 {
		t.Errorf("the lobby needs %v", least)
	}
}

func TestCallFitsEveryWindow(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	p.everySize("alone", p.textsFit)
	for i := range 9 {
		call.enter(fmt.Sprint("p", i), fmt.Sprint("Somebody with a long name ", i), conference.StateConnected)
	}
	p.sees("Encrypted")
	for _, size := range windowSizes {
		p.window.FyneWindow().Resize(size)
		p.work()
		for _, text := range []string{"Unmute", "Camera off", "Share", "Full screen", "Settings", "Leave", "stand-up", "Encrypted"} {
			at := p.where(text)
			if at.X < 0 || at.Y < 0 || at.X > size.Width || at.Y > size.Height {
				t.Errorf("%q at %v of a window of %v", text, at, size)
			}
		}
	}
	if least := p.canvas.Content().MinSize(); least.Width > 800 || least.Height > 600 {
		t.Errorf("the call needs %v", least)
	}
}

func TestSettingsFitEveryWindow(t *testing.T) {
	p := sit(t, nil)
	p.tap("Settings")
	for _, section := range []string{"Audio", "Video", "Network", "Shortcuts", "Appearance", "About"} {
		p.tap(section)
		p.everySize("settings, "+section, p.textsFit)
	}
}

func TestLongNamesDoNotBreakTheHeader(t *testing.T) {
	long := "a room whose name somebody has made as long as the server allows, which is sixty-four"
	p := sit(t, func(o *ui.Options) {
		o.Name, o.Room, o.Signaling, o.Join = "Eve", long, "wss://a-server-with-a-long-name.example.org:8443/signal", true
	})
	p.sees("Leave")
	p.call().enter("p1", "Ben", conference.StateConnected)
	p.sees("Encrypted")
	p.everySize("long names", func(where string) {
		for _, f := range p.visible() {
			if text, ok := f.object.(*canvas.Text); ok && f.at.X+text.MinSize().Width > p.canvas.Size().Width+1 {
				t.Errorf("%s: %q goes beyond the window", where, text.Text)
			}
		}
	})
}
