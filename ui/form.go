package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"confab/conference"
	"confab/ui/look"
	"confab/ui/sentence"
)

// joinForm asks who we are and where to go.
type joinForm struct {
	w    *Window
	view *fyne.Container

	name, room, password *widget.Entry
	server               *widget.SelectEntry
	join, stop           *look.Button
	message              *paragraph
	nearby               *nearby
}

func newJoinForm(w *Window) *joinForm {
	f := &joinForm{
		w: w, name: widget.NewEntry(), room: widget.NewEntry(), password: widget.NewPasswordEntry(),
		server: widget.NewSelectEntry(nil), message: newParagraph("", look.Danger), nearby: newNearby(w),
	}
	f.room.ActionItem = newLock(f.makeInvitation) // before the text: an entry takes it when it is drawn first
	f.name.SetText(or(w.o.Name, w.settings.Name))
	f.room.SetText(or(w.o.Room, w.settings.Room))
	f.offerServers()
	f.server.SetText(shownServer(or(w.o.Signaling, w.settings.Signaling)))
	if f.server.Text == "" && w.o.Nearby != nil {
		f.server.SetText(thisNetwork)
	}
	f.password.SetText(w.o.Password)
	f.room.SetPlaceHolder("stand-up")
	f.server.SetPlaceHolder("wss://example.org")
	f.password.SetPlaceHolder("Only if the room has one")
	f.name.OnChanged = func(name string) { w.lobby.preview.SetName(name) }
	for _, e := range []*widget.Entry{f.name, f.room, &f.server.Entry, f.password} {
		e.OnSubmitted = func(string) { w.Join() }
	}
	f.join = look.NewPrimaryButton("Join", w.Join)
	f.stop = look.NewButton("Cancel", w.cancelJoin)
	f.stop.Hide()
	f.build()
	return f
}

func (f *joinForm) build() {
	gap := func(height float32) fyne.CanvasObject { return newSpacer(height) }
	f.view = container.New(formLayout{},
		look.NewText("Join a call", look.Title), gap(12),
		look.NewField("Your name", f.name), gap(10),
		look.NewField("Room, or paste an invitation", f.room), gap(10),
		look.NewField("Through", f.server), gap(10),
		look.NewField("Password", f.password), gap(16),
		f.join, gap(8), f.stop, f.message.view, f.nearby.view,
	)
}

// offerServers offers the ways to bring people together that were used before.
func (f *joinForm) offerServers() {
	servers := f.w.settings.Servers
	if f.w.o.Nearby != nil {
		servers = append([]string{thisNetwork}, servers...)
	}
	f.server.SetOptions(servers)
}

// request is what the fields ask for; an error says which is missing.
func (f *joinForm) request() (Request, error) {
	r := Request{
		Name: strings.TrimSpace(f.name.Text), Room: strings.TrimSpace(f.room.Text),
		Signaling: meantServer(f.server.Text), Password: f.password.Text,
	}
	invalid := r.takeInvitation()
	switch {
	case r.Name == "":
		return r, conference.ErrNoName
	case invalid != nil:
		return r, invalid
	case r.Room == "":
		return r, sentence.ErrNoRoom
	case r.Signaling == "":
		return r, sentence.ErrNoServer
	}
	return r, nil
}

// setJoining shows that a join is under way, or is not any more.
func (f *joinForm) setJoining(joining bool) {
	f.join.SetBusy(joining)
	f.join.SetText(map[bool]string{false: "Join", true: "Joining"}[joining])
	setVisible(f.stop, joining)
	for _, d := range []fyne.Disableable{f.name, f.room, f.server, f.password} {
		if joining {
			d.Disable()
		} else {
			d.Enable()
		}
	}
	f.view.Refresh()
}

// say shows a sentence below the button; empty: nothing.
func (f *joinForm) say(text string, color fyne.ThemeColorName) {
	f.message.set(text, color)
	f.view.Refresh()
}

// replace shows a sentence in the place of another one, if that or nothing is shown.
func (f *joinForm) replace(old, text string, color fyne.ThemeColorName) {
	if shown := f.message.seg.Text; shown == old || shown == "" {
		f.say(text, color)
	}
}

// focus puts the cursor into the first field that is empty, else on the button.
func (f *joinForm) focus() {
	var missing fyne.Focusable = f.join
	switch {
	case f.name.Text == "":
		missing = f.name
	case f.room.Text == "":
		missing = f.room
	case f.server.Text == "":
		missing = f.server
	}
	f.w.win.Canvas().Focus(missing)
}
