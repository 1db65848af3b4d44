package ui

import (
	"fmt"
	"image/color"
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"confab/ui/look"
	"confab/ui/sentence"
	"confab/ui/settings"
)

// audio is the section of microphone and loudspeaker.
func (p *panel) audio() fyne.CanvasObject {
	test := look.NewSmallButton("Play a test sound", func() { p.w.studio.playTestSound(p.w.speakerSpec()) })
	return container.New(columnLayout{},
		look.NewField("Microphone", p.microphone), newSpacer(8), p.meter, newSpacer(14),
		look.NewField("Speakers", p.speaker), newSpacer(12), leading(test), newSpacer(14),
		look.NewText("Processing", look.Caption), newSpacer(4), p.processing(), newSpacer(10),
		look.NewText("While muted", look.Caption), newSpacer(4), p.whileMuted())
}

// whileMuted is the switch of the key that unmutes as long as it is held.
func (p *panel) whileMuted() fyne.CanvasObject {
	w := p.w
	c := widget.NewCheck("Hold Space to talk", func(on bool) { w.settings.SpaceTalks = on })
	c.Checked = w.settings.SpaceTalks
	return outlined(c)
}

// processing are the switches of what is done to the microphone's sound. They hold at once, and what the
// command line says does no more: whoever presses a switch wants what it says.
func (p *panel) processing() fyne.CanvasObject {
	w, off := p.w, p.w.processing()
	one := func(name string, on bool, flag, setting *bool) fyne.CanvasObject {
		c := widget.NewCheck(name, nil)
		c.Checked = on
		c.OnChanged = func(on bool) {
			*flag, *setting = false, on
			w.o.Media.SetProcessing(w.processing())
		}
		return outlined(c)
	}
	flags, s := &w.o.Processing, &w.settings
	return container.New(columnLayout{},
		one("Echo cancellation", !off.EchoOff, &flags.EchoOff, &s.EchoCancellation),
		one("Noise suppression", !off.NoiseOff, &flags.NoiseOff, &s.NoiseSuppression),
		one("Automatic volume", !off.VolumeOff, &flags.VolumeOff, &s.AutomaticVolume))
}

// The sizes and rates that the camera is asked for.
var (
	sizes = [][2]int{{1280, 720}, {960, 540}, {640, 360}, {320, 180}}
	rates = []float64{30, 24, 15, 10}
)

// video is the section of the camera.
func (p *panel) video() fyne.CanvasObject {
	w, now := p.w, p.w.cameraOptions()
	var names []string
	chosen := -1
	for i, s := range sizes {
		names = append(names, fmt.Sprintf("%d x %d", s[0], s[1]))
		if s[0] == now.Width && s[1] == now.Height {
			chosen = i
		}
	}
	size := look.NewPicker(names, func(i int) {
		w.o.Width, w.o.Height = 0, 0
		w.settings.Width, w.settings.Height = sizes[i][0], sizes[i][1]
		w.reopenCamera()
	})
	size.SetHint(fmt.Sprintf("%d x %d", now.Width, now.Height))
	size.SetSelected(chosen)

	names, chosen = nil, -1
	for i, r := range rates {
		names = append(names, fmt.Sprintf("%.0f pictures a second", r))
		if r == now.FramesPerSecond {
			chosen = i
		}
	}
	rate := look.NewPicker(names, func(i int) {
		w.o.FramesPerSecond = 0
		w.settings.FramesPerSecond = rates[i]
		w.reopenCamera()
	})
	rate.SetHint(fmt.Sprintf("%g pictures a second", now.FramesPerSecond))
	rate.SetSelected(chosen)
	return container.New(columnLayout{},
		look.NewField("Camera", p.camera), newSpacer(14),
		look.NewField("Size", size), newSpacer(14),
		look.NewField("Speed", rate))
}

// network is the section of servers and privacy. It holds for the next call.
func (p *panel) network() fyne.CanvasObject {
	w := p.w
	server := newEntry(1)
	server.SetText(w.lobby.form.server.Text)
	server.SetPlaceHolder("wss://example.org")
	server.OnChanged = func(url string) {
		w.lobby.form.server.SetText(url)
		w.settings.Signaling = strings.TrimSpace(url)
	}
	wrong := newParagraph("", look.Danger)
	var all *fyne.Container
	relays := newEntry(3)
	relays.SetText(strings.Join(w.settings.ICEServers, "\n"))
	relays.SetPlaceHolder("turn:user:password@example.org:3478")
	relays.OnChanged = func(text string) {
		lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
		_, err := parseICEServers(lines)
		wrong.set(sentence.For(err), look.Danger)
		if err == nil {
			w.settings.ICEServers = lines
		}
		all.Refresh()
	}
	relay := widget.NewCheck("Send everything through relays", func(on bool) { w.settings.RelayOnly = on })
	relay.Checked = w.settings.RelayOnly
	hide := widget.NewCheck("Hide addresses of this network from the others", func(on bool) { w.settings.HideAddresses = on })
	hide.Checked = w.settings.HideAddresses
	all = container.New(columnLayout{},
		look.NewField("Server that brings people together", server), newSpacer(14),
		look.NewField("STUN and TURN servers, one a line", relays), wrong.view, newSpacer(8),
		outlined(relay), outlined(hide), newSpacer(8), look.NewText("This holds from the next call on.", look.Caption))
	return all
}

// shortcuts is the section of keys.
func (p *panel) shortcuts() fyne.CanvasObject {
	column := container.New(columnLayout{})
	for _, s := range [][2]string{
		{"M, or Ctrl + D", "Mute or unmute"},
		{"Space, held", "While muted: be heard"},
		{"V, or Ctrl + E", "Camera on or off"},
		{"S, or Ctrl + S", "Share a screen, or stop"},
		{"C", "Chat"},
		{"G", "The main speaker large, or all of one size"},
		{"F, or F11", "Full screen"},
		{"L, or Ctrl + W", "Leave the call"},
		{"Ctrl + comma", "Settings"},
		{"Ctrl + Q", "Quit"},
		{"Escape", "Out of settings, joining, chat or full screen"},
		{"Right button", "On microphone or camera: another device"},
	} {
		key := look.NewText(s[0], look.Body)
		key.SetColor(look.Dim)
		column.Add(container.New(tableRow{}, key, look.NewText(s[1], look.Body)))
	}
	return column
}

// appearance is the section of the theme.
func (p *panel) appearance() fyne.CanvasObject {
	w := p.w
	modes := []settings.Appearance{settings.Dark, settings.Light, settings.System}
	colours := look.NewPicker([]string{"Dark", "Light", "As the system"}, func(i int) {
		w.settings.Appearance = modes[i]
		w.applyAppearance()
	})
	for i, m := range modes {
		if m == w.settings.Appearance {
			colours.SetSelected(i)
		}
	}
	return look.NewField("Colours", colours)
}

// about is the section that says what this is.
func (p *panel) about() fyne.CanvasObject {
	return container.New(columnLayout{},
		look.NewText("Confab "+p.w.o.Version, look.Strong), newSpacer(6),
		newParagraph(sentence.About, look.Text).view, newSpacer(6),
		look.NewText(fmt.Sprintf("%s, %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH), look.Caption))
}

// outlined gives a check box an edge that can be seen on a card: 3:1 as WCAG 2.1, 1.4.11, asks for.
func outlined(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(o, edgeTheme{})
}

// appTheme is the theme of now, also while an edgeTheme draws, when theme.Current is that one.
func appTheme() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

// edgeTheme is the theme of now, but for the edges of fields, which have the colour of dim text.
type edgeTheme struct{}

// Color is for Fyne.
func (edgeTheme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameInputBorder {
		name = look.Dim
	}
	return appTheme().Color(name, v)
}

// Font is for Fyne.
func (edgeTheme) Font(s fyne.TextStyle) fyne.Resource { return appTheme().Font(s) }

// Icon is for Fyne.
func (edgeTheme) Icon(name fyne.ThemeIconName) fyne.Resource { return appTheme().Icon(name) }

// Size is for Fyne.
func (edgeTheme) Size(name fyne.ThemeSizeName) float32 { return appTheme().Size(name) }

// leading puts an object at the left, in its own size.
func leading(o fyne.CanvasObject) fyne.CanvasObject { return container.NewHBox(o) }

// tableRow puts two objects side by side, the first 180 wide.
type tableRow struct{}

// MinSize is the height of a line.
func (tableRow) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(180+o[1].MinSize().Width, 32)
}

// Layout places the two.
func (tableRow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place(o[0], 0, 0, 180, size.Height)
	place(o[1], 180, 0, size.Width-180, size.Height)
}
