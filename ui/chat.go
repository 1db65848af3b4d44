package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"confab/conference"
	"confab/ui/look"
	"confab/ui/sentence"
)

const (
	chatWidth   = 346 // of the panel, less in a narrow window
	chatPadding = 16
	chatKept    = 500 // messages; the oldest go first
	chatGlimpse = 120 // characters of a message that are shown while the panel is closed
)

// chat is the panel of what was written in the call, beside the pictures. It is closed at first; what comes
// meanwhile is shown as a notice and marks the button.
type chat struct {
	c      *callScreen
	card   *look.Card
	list   *fyne.Container
	scroll *container.Scroll
	entry  *entry
	button *look.ToolButton

	last   chatHead  // of the newest message
	notice string    // of it, while the panel was closed
	now    time.Time // of the last tick
}

// chatHead is what stands above messages; those in a row that have it in common stand below one.
type chatHead struct{ name, minute string }

func newChat(c *callScreen, button *look.ToolButton) *chat {
	p := &chat{c: c, button: button, list: container.New(columnLayout{}), entry: newEntry(1), now: time.Now()}
	p.scroll = container.NewVScroll(p.list)
	p.entry.SetPlaceHolder(sentence.MessageEveryone)
	p.entry.OnSubmitted = p.send
	p.card = look.NewCard(container.New(chatLayout{}, look.NewText(sentence.Chat, look.Strong), p.scroll, p.entry))
	p.card.SetPadding(chatPadding, chatPadding)
	p.card.Hide()
	return p
}

// toggle opens the panel, ready to be written into, or closes it.
func (p *chat) toggle() {
	canvas := p.c.w.win.Canvas()
	if p.card.Visible() {
		p.card.Hide()
		canvas.Unfocus()
	} else {
		p.card.Show()
		p.button.SetMarked(false)
		p.c.notices.drop(p.notice)
		canvas.Focus(p.entry)
	}
	p.button.SetActive(p.card.Visible())
	arrange(p.c.view)
	p.settle()
	p.scroll.ScrollToBottom()
}

// receive shows what somebody wrote.
func (p *chat) receive(m conference.ChatMessage) {
	p.add(m.Client.Name, m.Text, m.At, false)
	if !p.card.Visible() {
		p.button.SetMarked(true)
		p.c.notices.drop(p.notice) // one at a time: there is other news
		p.notice = sentence.Wrote(m.Client.Name, glimpse(m.Text))
		p.c.notices.add(p.notice)
	}
}

// glimpse is the beginning of a text, in one line.
func glimpse(text string) string {
	words := []rune(strings.Join(strings.Fields(text), " "))
	if len(words) > chatGlimpse {
		return string(words[:chatGlimpse]) + "…"
	}
	return string(words)
}

// send sends what was typed to everybody and shows it, with whom it did not reach. What cannot be sent at all
// stays in the field.
func (p *chat) send(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	p.entry.SetText("")
	c, at := p.c, p.now
	c.w.calls.enqueue("", func(ctx context.Context) {
		err := c.call.SendChat(ctx, "", text)
		c.w.gate.Post(func() {
			if !c.over {
				p.sent(text, at, err)
			}
		})
	})
}

// sent takes in what became of a message of ours.
func (p *chat) sent(text string, at time.Time, err error) {
	var missed *conference.NotReachedError
	if err == nil || errors.As(err, &missed) {
		p.add(sentence.You, strings.TrimSpace(text), at, true)
	} else if p.entry.Text == "" {
		p.entry.SetText(text)
	}
	if err != nil {
		p.append(newParagraph(sentence.For(err), look.DangerText).view)
		p.last = chatHead{}
	}
}

// add shows a message below the others.
func (p *chat) add(name, text string, at time.Time, own bool) {
	message := container.New(columnLayout{})
	if head := (chatHead{name, at.Format("15:04")}); head != p.last {
		p.last = head
		line := look.NewText(sentence.ChatHead(head.name, head.minute), look.Small)
		line.SetColor(look.Dim)
		line.SetMinWidth(1)
		if own {
			line.SetAlignment(fyne.TextAlignTrailing)
		}
		message.Add(newSpacer(8))
		message.Add(line)
	}
	message.Add(newSpacer(4))
	message.Add(newBubble(text, own))
	p.append(message)
}

// append puts something at the end, which stays in sight if it was.
func (p *chat) append(o fyne.CanvasObject) {
	follows := p.scroll.Offset.Y+p.scroll.Size().Height >= p.list.MinSize().Height-1
	p.list.Objects = append(p.list.Objects, o)
	if extra := len(p.list.Objects) - chatKept; extra > 0 {
		p.list.Objects = p.list.Objects[extra:]
	}
	p.settle()
	if follows {
		p.scroll.ScrollToBottom()
	}
}

// settle places the messages: a text knows its height once it has its width.
func (p *chat) settle() {
	if !p.card.Visible() {
		return
	}
	arrange(p.list)
	p.list.Refresh()
	p.scroll.Refresh()
}

// chatLayout places title, messages and field.
type chatLayout struct{}

// MinSize is nothing: the window decides.
func (chatLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout places the parts.
func (chatLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	title, list, field := o[0].MinSize().Height, o[1], o[2].MinSize().Height
	place(o[0], 0, 0, size.Width, title)
	place(list, 0, title+4, size.Width, size.Height-title-field-16)
	place(o[2], 0, size.Height-field, size.Width, field)
}

// newBubble shows the text of a message, to be selected and copied.
func newBubble(text string, own bool) fyne.CanvasObject {
	words := widget.NewLabel(text)
	words.Wrapping, words.Selectable = fyne.TextWrapWord, true
	row := look.NewRow(words)
	row.SetPadding(2, -1) // a label has its own
	b := bubbleLayout{}
	if own {
		row.SetFill(look.Active)
		for line := range strings.Lines(text) {
			width := fyne.MeasureText(strings.TrimSuffix(line, "\n"), theme.TextSize(), fyne.TextStyle{}).Width
			b.width = max(b.width, width+2*theme.InnerPadding()+6)
		}
	}
	return container.New(b, row)
}

// bubbleLayout gives a message the width of the panel, or one of ours that of its text, at the right.
type bubbleLayout struct{ width float32 } // 0: of the panel

// MinSize is that of the message; it has any width.
func (bubbleLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, o[0].MinSize().Height)
}

// Layout places the message.
func (b bubbleLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := size.Width
	if b.width > 0 {
		width = min(b.width, 0.85*width)
	}
	place(o[0], size.Width-width, 0, width, size.Height)
}
