package ui

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"confab/assets"
	"confab/conference/signaling/lan"
	"confab/ui/look"
)

const (
	// thisNetwork stands for the signaling URL lanURL in the form.
	thisNetwork = "This network (no server)"
	lanURL      = "lan:"
)

// shownServer is how the form shows a signaling URL.
func shownServer(url string) string {
	if url == lanURL {
		return thisNetwork
	}
	return url
}

// meantServer is the signaling URL that the form's text stands for.
func meantServer(text string) string {
	if text = strings.TrimSpace(text); text == thisNetwork {
		return lanURL
	}
	return text
}

// nearby lists the calls on this network, each with a button to join it. It looks for them while the lobby
// is shown, and is hidden while there are none.
type nearby struct {
	w    *Window
	view *fyne.Container
	rows *fyne.Container
	stop context.CancelFunc // nil: not looking
}

func newNearby(w *Window) *nearby {
	n := &nearby{w: w, rows: container.New(columnLayout{})}
	list := container.NewVScroll(n.rows)
	n.view = container.New(nearbyLayout{rows: n.rows}, newSpacer(18), look.NewText("On this network", look.Caption), newSpacer(4), list)
	n.view.Hide()
	return n
}

// start begins to look for calls.
func (n *nearby) start() {
	if n.w.o.Nearby == nil || n.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.stop = cancel
	found := n.w.o.Nearby(ctx)
	n.w.ended.Go(func() {
		for rooms := range found {
			n.w.gate.Post(func() {
				if ctx.Err() == nil {
					n.show(rooms)
				}
			})
		}
	})
}

// end stops looking. Any number of times.
func (n *nearby) end() {
	if n.stop == nil {
		return
	}
	n.stop()
	n.stop = nil
	n.show(nil)
}

// show lists the calls of now.
func (n *nearby) show(rooms []lan.Room) {
	n.rows.RemoveAll()
	for i := range rooms {
		if i > 0 {
			n.rows.Add(newSpacer(rowGap))
		}
		n.rows.Add(n.row(&rooms[i]))
	}
	setVisible(n.view, len(rooms) > 0)
	n.w.lobby.form.view.Refresh()
	arrange(n.w.lobby.view)
}

// row shows one call.
func (n *nearby) row(r *lan.Room) fyne.CanvasObject {
	dot := canvas.NewRectangle(look.Color(look.Speaking))
	dot.CornerRadius = 4
	dot.SetMinSize(fyne.NewSize(8, 8))
	name, people := look.NewText(r.Name, look.Body), look.NewText(whoIsThere(r), look.Caption)
	name.SetMinWidth(40)
	people.SetMinWidth(40)
	room := *r
	join := look.NewSmallButton("Join", func() { n.join(&room) })
	join.SetColor(look.Accent)
	if r.Locked {
		join.SetIcon(assets.Lock)
	}
	words := container.NewBorder(nil, nil, container.NewHBox(container.NewCenter(dot), newSpacer(1)), container.NewCenter(join),
		container.New(pairLayout{}, name, people))
	return look.NewRow(words)
}

// join joins a call of the list. Where a password is needed and none is there, it asks for it.
func (n *nearby) join(r *lan.Room) {
	f := n.w.lobby.form
	f.room.SetText(r.Name)
	f.server.SetText(thisNetwork)
	if r.Locked && f.password.Text == "" {
		f.say("This room has a password. Enter it, then join.", look.Warning)
		n.w.win.Canvas().Focus(f.password)
		return
	}
	n.w.Join()
}

// whoIsThere names the members of a call, as far as they have names.
func whoIsThere(r *lan.Room) string {
	others := r.Count - len(r.Members)
	switch {
	case len(r.Members) == 0 && r.Count == 1:
		return "1 person"
	case len(r.Members) == 0:
		return fmt.Sprintf("%d people", r.Count)
	case others > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(r.Members, ", "), others)
	}
	return strings.Join(r.Members, ", ")
}

// Measures of the list in device-independent pixels.
const (
	rowGap     = 8
	listHeight = 50 + rowGap + 50 // two calls: further ones are scrolled to
)

// nearbyLayout stands a heading upon a list, which takes the room that is left.
type nearbyLayout struct{ rows *fyne.Container }

// MinSize is that of the heading and of all calls, or as many as are shown at once.
func (l nearbyLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := columnLayout{}.MinSize(o[:len(o)-1])
	return fyne.NewSize(size.Width, size.Height+min(l.rows.MinSize().Height, listHeight))
}

// Layout places them.
func (l nearbyLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	head := o[:len(o)-1]
	columnLayout{}.Layout(head, size)
	y := columnLayout{}.MinSize(head).Height
	place(o[len(o)-1], 0, y, size.Width, size.Height-y)
}

// formLayout is a column whose last object gives way where there is not enough room.
type formLayout struct{ columnLayout }

// Layout places the objects.
func (l formLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.columnLayout.Layout(o, size)
	last := o[len(o)-1]
	y := l.columnLayout.MinSize(o[:len(o)-1]).Height
	place(last, 0, y, size.Width, min(last.MinSize().Height, size.Height-y))
}
