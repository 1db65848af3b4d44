package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui/look"
)

// panel is the settings, over lobby or call. Whatever is changed holds at once.
type panel struct {
	w        *Window
	view     *fyne.Container // the overlay
	items    []*navItem
	sections []fyne.CanvasObject
	content  *fyne.Container

	meter      *look.Meter
	microphone *devicePicker
	camera     *devicePicker
	speaker    *devicePicker
}

// openSettings shows the settings, if they are not shown.
func (w *Window) openSettings() {
	if w.panel != nil || w.quitting {
		return
	}
	w.panel = newPanel(w)
	c := w.win.Canvas()
	w.panel.view.Resize(c.Size())
	c.Overlays().Add(w.panel.view)
	w.panel.showDevices()
	w.listDevices()
}

// closeSettings takes the settings away, if they are shown.
func (w *Window) closeSettings() {
	if w.panel == nil {
		return
	}
	w.win.Canvas().Overlays().Remove(w.panel.view)
	w.panel = nil
	w.save()
	w.lobby.showDevices()
	w.refresh()
}

func newPanel(w *Window) *panel {
	p := &panel{w: w, meter: look.NewMeter()}
	p.microphone = newDevicePicker(capture.Microphone, false, "", w.useMicrophone)
	p.camera = newDevicePicker(capture.Camera, false, "", w.useCamera)
	p.speaker = newDevicePicker(capture.Speaker, false, "", w.useSpeaker)
	p.content = container.NewStack()
	nav := container.New(columnLayout{})
	for _, s := range []struct {
		name  string
		build func() fyne.CanvasObject
	}{
		{"Audio", p.audio},
		{"Video", p.video},
		{"People", p.people},
		{"Network", p.network},
		{"Shortcuts", p.shortcuts},
		{"Appearance", p.appearance},
		{"About", p.about},
	} {
		i := len(p.items)
		item := newNavItem(s.name, func() { p.choose(i) })
		p.items = append(p.items, item)
		body := container.New(columnLayout{}, look.NewText(s.name, look.Heading), newSpacer(12), s.build())
		p.sections = append(p.sections, container.NewVScroll(body))
		nav.Add(item)
	}
	done := look.NewPrimaryButton("Done", w.closeSettings)
	card := look.NewCard(container.New(panelLayout{}, nav, widget.NewSeparator(), p.content, done))
	card.SetPadding(0, 0)
	p.view = container.NewStack(
		canvas.NewRectangle(color.NRGBA{A: 0x99}), container.New(dialogLayout{}, card))
	p.choose(0)
	return p
}

// choose shows a section.
func (p *panel) choose(index int) {
	for i, item := range p.items {
		item.setChosen(i == index)
	}
	p.content.Objects = []fyne.CanvasObject{p.sections[index]}
	p.content.Refresh()
}

// refresh shows what is switched on; the pickers know already.
func (p *panel) refresh() { p.tick() }

func (p *panel) tick() {
	m := p.w.o.Media
	p.meter.SetLevel(meterLevel(m.Level(), m.Open(conference.Microphone)))
}

func (p *panel) showDevices() {
	p.microphone.show(p.w.devices, p.w.microphoneSpec())
	p.camera.show(p.w.devices, p.w.cameraSpec())
	p.speaker.show(p.w.devices, p.w.speakerSpec())
}

// dialogLayout puts a card of 780 x 600 into the middle, smaller where there is less room.
type dialogLayout struct{}

// MinSize is nothing: the window decides.
func (dialogLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout places the card.
func (dialogLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width, height := min(780, size.Width-2*windowEdge), min(600, size.Height-2*windowEdge)
	place(o[0], (size.Width-width)/2, (size.Height-height)/2, width, height)
}

// panelLayout places the list of sections, a line, the section and the button that ends it.
type panelLayout struct{}

// MinSize is nothing: the dialog decides.
func (panelLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout places the parts.
func (panelLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const list, inner, top = 190, 22, 18
	nav, line, content, done := o[0], o[1], o[2], o[3]
	place(nav, 12, top, list-24, nav.MinSize().Height)
	place(line, list, 1, 1, size.Height-2)
	d := done.MinSize()
	place(done, size.Width-inner-d.Width, size.Height-20-d.Height, d.Width, d.Height)
	place(content, list+inner, top+4, size.Width-list-2*inner, size.Height-top-4-d.Height-36)
}
