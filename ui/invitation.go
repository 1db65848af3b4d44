package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"confab/assets"
	"confab/conference/signaling"
	"confab/ui/look"
	"confab/ui/sentence"
)

// invitation is what brings others into the same call.
func (r *Request) invitation() signaling.Invitation {
	return signaling.Invitation{Server: r.Signaling, Room: r.Room, Key: r.Key}
}

// inviting is the invitation in the form that most people can use: the address of a page, which Confab reads as
// well, where the server has one that browsers trust: not one over plain HTTP, nor with a pinned certificate.
func (r *Request) inviting() string {
	page, ok := r.invitation().Page()
	if ok && strings.HasPrefix(page, "https:") && !strings.Contains(r.Signaling, "#") {
		return page
	}
	return r.invitation().String()
}

// takeInvitation reads an invitation that stands in the place of the room or of the server.
func (r *Request) takeInvitation() error {
	for _, text := range []string{r.Room, r.Signaling} {
		if !signaling.IsInvitation(text) {
			continue
		}
		i, err := signaling.ParseInvitation(text)
		if err != nil {
			return err
		}
		r.Room, r.Signaling, r.Key = i.Room, i.Server, i.Key
		return nil
	}
	return nil
}

// newLock is the button that makes an invitation to a sealed call.
func newLock(make func()) fyne.CanvasObject {
	b := widget.NewButtonWithIcon("", look.Icon(assets.Lock, look.Dim), make)
	b.Importance = widget.LowImportance
	return b
}

// makeInvitation puts an invitation to a new call in the place of the room, and on the clipboard.
func (f *joinForm) makeInvitation() {
	server := meantServer(f.server.Text)
	if server == "" {
		f.say(sentence.For(sentence.ErrNoServer), look.Danger)
		return
	}
	r := Request{Signaling: server, Room: "call-" + strings.ToLower(signaling.NewKey()[:8]), Key: signaling.NewKey()}
	text := r.inviting()
	if _, err := signaling.ParseInvitation(text); err != nil {
		f.say(sentence.For(err), look.Danger)
		return
	}
	f.room.SetText(text)
	if c := f.w.app.Clipboard(); c != nil {
		c.SetContent(text)
	}
	f.say(sentence.InvitationMade, look.Dim)
}

// copyInvitation puts what brings others into this call on the clipboard.
func (w *Window) copyInvitation() {
	if w.call == nil {
		return
	}
	if c := w.app.Clipboard(); c != nil {
		c.SetContent(w.call.invitation)
		w.call.notices.add(sentence.InvitationCopied(w.call.header.sealed))
	}
}
