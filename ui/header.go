package ui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"confab/conference"
	"confab/ui/look"
	"confab/ui/sentence"
)

// header says where we are, for how long, and what is known of the way.
type header struct {
	host   string
	sealed bool // signals are sealed: whoever is here has the invitation

	view      *fyne.Container
	room      *look.TextLine
	clock     *look.Chip
	encrypted *look.Chip
	signaling *look.Chip
}

func newHeader(host string, sealed bool) *header {
	h := &header{
		host: host, sealed: sealed, room: look.NewText("", look.Strong), clock: look.NewChip("00:00"),
		encrypted: look.NewChip(pick(sealed, sentence.Verified, sentence.Encrypted)), signaling: look.NewChip(""),
	}
	h.encrypted.SetColor(look.Speaking)
	h.encrypted.Hide()
	h.view = container.New(headerLayout{}, h.room, h.clock, h.encrypted, h.signaling)
	return h
}

func (h *header) render(s *conference.Snapshot) {
	h.room.SetText(s.Room)
	setVisible(h.encrypted, anyConnected(s))
	if s.SignalingErr == nil {
		h.signaling.SetText(sentence.Through(h.host))
		h.signaling.SetColor(look.Dim)
	} else {
		h.signaling.SetText(sentence.ServerLost)
		h.signaling.SetColor(look.Warning)
	}
	arrange(h.view)
}

func anyConnected(s *conference.Snapshot) bool {
	for _, p := range s.Participants {
		if p.State == conference.StateConnected {
			return true
		}
	}
	return false
}

func (h *header) tick(now, joined time.Time) {
	if text := duration(now.Sub(joined)); text != h.clock.Text() {
		h.clock.SetText(text)
		arrange(h.view)
	}
}

// duration is a time as a clock shows it: 12:41, or 1:02:03 from an hour on.
func duration(d time.Duration) string {
	s := max(0, int(d/time.Second))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

// headerLayout puts its objects in a row, the last one at the right end. Where there is little room, the
// last one and then the first, the room's name, are shortened.
type headerLayout struct{}

const headerGap = 12

// MinSize is the height of the row.
func (headerLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, headerHeight) }

// Layout places the objects.
func (headerLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	name, facts, last := o[0], o[1:len(o)-1], o[len(o)-1]
	room := size.Width - 2*windowEdge
	for _, f := range facts {
		if f.Visible() {
			room -= f.MinSize().Width + headerGap
		}
	}
	right := last.MinSize().Width
	width := min(name.MinSize().Width, max(room*0.4, room-right-headerGap))
	right = min(right, room-width-headerGap)
	x := float32(windowEdge)
	put := func(o fyne.CanvasObject, width float32) {
		height := o.MinSize().Height
		place(o, x, (size.Height-height)/2, width, height)
		x += width + headerGap
	}
	put(name, width)
	for _, f := range facts {
		if f.Visible() {
			put(f, f.MinSize().Width)
		}
	}
	x = size.Width - windowEdge - right
	put(last, right)
}
