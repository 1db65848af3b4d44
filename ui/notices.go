package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"confab/ui/look"
	"confab/ui/sentence"
)

const (
	noticePatience = 10 * time.Second // how long a notice stays
	maxNotices     = 3                // as many are shown at a time; the oldest goes first
)

// notices are sentences that lie over a call for a while.
type notices struct {
	view  *fyne.Container
	shown []*notice
}

type notice struct {
	text string
	card fyne.CanvasObject
	at   time.Time // of the first tick that saw it
}

func newNotices() *notices { return &notices{view: container.New(columnLayout{})} }

// add shows a sentence. One that is shown already begins its time anew.
func (n *notices) add(text string) {
	if text == "" {
		return
	}
	for _, old := range n.shown {
		if old.text == text {
			old.at = time.Time{}
			return
		}
	}
	entry := &notice{text: text}
	closing := look.NewSmallButton("Close", func() { n.remove(entry) })
	card := look.NewCard(container.NewBorder(nil, nil, nil, container.NewCenter(closing),
		newParagraph(text, look.Text).view))
	card.SetPadding(14, 4)
	entry.card = container.New(columnLayout{}, card, newSpacer(8))
	n.shown = append(n.shown, entry)
	if len(n.shown) > maxNotices {
		n.shown = n.shown[1:]
	}
	n.refresh()
}

// drop takes the notice with a text away, if it is shown.
func (n *notices) drop(text string) {
	for _, e := range n.shown {
		if e.text == text {
			n.remove(e)
			return
		}
	}
}

// remove takes a sentence away.
func (n *notices) remove(entry *notice) {
	for i, e := range n.shown {
		if e == entry {
			n.shown = append(n.shown[:i], n.shown[i+1:]...)
			n.refresh()
			return
		}
	}
}

// tick takes away what was there long enough.
func (n *notices) tick(now time.Time) {
	for _, e := range append([]*notice(nil), n.shown...) {
		switch {
		case e.at.IsZero():
			e.at = now
		case now.Sub(e.at) >= noticePatience:
			n.remove(e)
		}
	}
}

func (n *notices) refresh() {
	n.view.Objects = nil
	for _, e := range n.shown {
		n.view.Add(e.card)
	}
	// Their place depends on how many there are; a paragraph knows its height once it has its width.
	n.view.Resize(fyne.NewSize(n.view.Size().Width, n.view.MinSize().Height))
	n.view.Refresh()
}

const copyInvitation = "Copy invitation"

// alone says that nobody else is here, and what to do about it.
type alone struct {
	card *look.Card
	copy *look.Button
}

func newAlone(r Request, clipboard func() fyne.Clipboard) *alone {
	a := &alone{}
	a.copy = look.NewButton(copyInvitation, func() {
		if c := clipboard(); c != nil {
			c.SetContent(r.inviting())
			a.copy.SetText("Copied")
		}
	})
	first, second := look.NewText(sentence.Alone, look.Strong), look.NewText(pick(r.Key == "", sentence.TellThem(r.Room), sentence.SendThem), look.Small)
	second.SetMinWidth(420)
	for _, t := range []*look.TextLine{first, second} {
		t.SetAlignment(fyne.TextAlignCenter)
	}
	a.card = look.NewCard(container.New(columnLayout{}, first, newSpacer(8), second, newSpacer(16),
		container.NewCenter(a.copy)))
	a.card.Hide()
	return a
}

func (a *alone) show(visible bool) {
	if visible && !a.card.Visible() {
		a.copy.SetText(copyInvitation)
	}
	setVisible(a.card, visible)
}
