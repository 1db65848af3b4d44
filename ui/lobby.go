package ui

import (
	"fmt"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"confab/assets"
	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui/look"
)

// lobby is the screen before a call: how we look and sound, and where to go.
type lobby struct {
	w    *Window
	view *fyne.Container
	form *joinForm

	preview    *look.Tile
	turnOn     *look.Button // over the preview while the camera is off
	mic        *look.ToolButton
	camera     *look.ToolButton
	meter      *look.Meter
	size       *look.TextLine
	microphone *devicePicker
	cameras    *devicePicker
	speakers   *devicePicker
	cleaned    *look.TextLine // what is done to the microphone's sound

	pixels want   // of the preview, as Media was told
	hinted string // what was said of the microphone
}

func newLobby(w *Window) *lobby {
	l := &lobby{w: w, form: newJoinForm(w)}
	l.preview = look.NewTile("")
	l.preview.SetNote("(you)")
	l.preview.SetSurface(w.o.Media.Preview(conference.Camera))
	l.turnOn = look.NewButton("Turn on your camera", w.toggleCamera)
	l.turnOn.SetIcon(assets.Camera)
	l.mic = look.NewToolButton(assets.MicOff, "Mic off", w.toggleMicrophone)
	l.camera = look.NewToolButton(assets.CameraOff, "Camera off", w.toggleCamera)
	l.meter = look.NewMeter()
	l.size = look.NewText("", look.Caption)
	l.size.SetMinWidth(40)
	l.microphone = newDevicePicker(capture.Microphone, true, "", w.useMicrophone)
	l.cameras = newDevicePicker(capture.Camera, true, "", w.useCamera)
	l.mic.SetMenu(func() look.Menu { return w.deviceMenu(capture.Microphone, w.microphoneSpec(), w.useMicrophone) })
	l.camera.SetMenu(func() look.Menu { return w.deviceMenu(capture.Camera, w.cameraSpec(), w.useCamera) })
	l.speakers = newDevicePicker(capture.Speaker, true, "Speakers: ", w.useSpeaker)
	l.cleaned = look.NewText("", look.Body)
	l.cleaned.SetColor(theme.ColorNameSuccess)
	l.build()
	return l
}

// build puts the parts in their places.
func (l *lobby) build() {
	title := look.NewText("Confab", look.Heading)
	gear := look.NewSmallButton("Settings", l.w.openSettings)
	gear.SetIcon(assets.Settings)

	test := look.NewSmallButton("Play a test sound", func() { l.w.studio.playTestSound(l.w.speakerSpec()) })
	pick := func(picker, below fyne.CanvasObject) *look.Card {
		c := look.NewCard(container.New(pairLayout{}, picker, below))
		c.SetPadding(14, 6)
		return c
	}
	speakers := look.NewCard(container.New(speakersLayout{}, l.speakers, test, l.cleaned))
	speakers.SetPadding(16, 7)

	l.view = container.New(lobbyLayout{}, title, gear, l.preview, l.turnOn, l.mic, l.camera,
		pick(l.microphone, l.meter), pick(l.cameras, l.size), speakers, look.NewCard(l.form.view))
}

// refresh shows what is switched on, as Media says it.
func (l *lobby) refresh() {
	m, s := l.w.o.Media, l.w.studio
	micOn, cameraOn := m.Active(conference.Microphone), m.Active(conference.Camera)
	l.mic.SetIcon(pickIcon(micOn, assets.Mic, assets.MicOff))
	l.mic.SetLabel("Mic " + onOff(micOn))
	l.camera.SetIcon(pickIcon(cameraOn, assets.Camera, assets.CameraOff))
	l.camera.SetLabel("Camera " + onOff(cameraOn))
	l.preview.SetCameraOn(cameraOn)
	l.preview.SetMuted(!micOn)
	l.preview.SetName(l.form.name.Text)
	l.turnOn.SetBusy(s.pending(conference.Camera))
	setVisible(l.turnOn, !cameraOn)
	l.size.SetText(l.cameraState(cameraOn))
	l.cleaned.SetText(marks(l.w.processing()))
}

// marks names the processing that is switched on.
func marks(off conference.Processing) string {
	var on []string
	if !off.NoiseOff {
		on = append(on, "✓ Noise suppression")
	}
	if !off.EchoOff {
		on = append(on, "✓ Echo cancellation")
	}
	return strings.Join(on, "   ")
}

// cameraState says what the camera gives.
func (l *lobby) cameraState(on bool) string {
	width, height := l.w.o.Media.VideoSize(conference.Camera)
	switch {
	case !on:
		return "Off"
	case width == 0:
		return "Starting"
	}
	return fmt.Sprintf("%d x %d, %.0f fps", width, height, l.w.cameraOptions().FramesPerSecond)
}

// showDevices offers the devices of now.
func (l *lobby) showDevices() {
	l.microphone.show(l.w.devices, l.w.microphoneSpec())
	l.cameras.show(l.w.devices, l.w.cameraSpec())
	l.speakers.show(l.w.devices, l.w.speakerSpec())
}

// tick shows the newest picture and the level of now.
func (l *lobby) tick() {
	m := l.w.o.Media
	width, height := l.preview.PixelSize()
	if now := (want{width, height}); now != l.pixels {
		l.pixels = now
		m.SetPreview(conference.Camera, width, height)
	}
	if l.preview.Tick() {
		l.size.SetText(l.cameraState(m.Active(conference.Camera)))
	}
	l.meter.SetLevel(meterLevel(m.Level(), m.Active(conference.Microphone)))
	if text := hintOf(m.Microphone()); text != l.hinted { // a lobby has no bar over its pictures
		l.form.replace(l.hinted, text, look.Warning)
		l.hinted = text
	}
}

// enter prepares the lobby to be shown again.
func (l *lobby) enter() {
	l.pixels = want{}
	l.preview.SetSurface(l.w.o.Media.Preview(conference.Camera))
	l.refresh()
	l.showDevices()
	l.form.nearby.start()
}

// leave gives the preview's surface free for the call.
func (l *lobby) leave() {
	l.preview.SetSurface(nil)
	l.form.nearby.end()
}

// notify shows a sentence below the form; empty: nothing.
func (l *lobby) notify(text string) { l.form.say(text, look.Warning) }

// focus puts the cursor where something is missing.
func (l *lobby) focus() { l.form.focus() }

// meterLevel is a level (0 to 1, root mean square) as the part of a meter that it fills: 60 dB are the
// whole of it. Nothing is shown of a microphone that is off.
func meterLevel(level float64, on bool) float64 {
	if !on || level <= 0 {
		return 0
	}
	return min(max(1+20*math.Log10(level*3)/60, 0), 1) // speech has a tenth of full scale: two thirds
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func pickIcon(on bool, yes, no fyne.Resource) fyne.Resource {
	if on {
		return yes
	}
	return no
}

// setVisible shows or hides o, if it is not so already.
func setVisible(o fyne.CanvasObject, visible bool) {
	switch {
	case o.Visible() == visible:
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}
