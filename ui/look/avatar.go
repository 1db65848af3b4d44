package look

import (
	"hash/fnv"
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// avatarSize is the diameter of the circle with the initials; in a low tile it is a part of the height.
const (
	avatarSize = 92
	avatarPart = 0.7
)

// avatarColors are told apart at a glance, and each has more than 4.5:1 with the initials on it.
var avatarColors = []color.NRGBA{
	rgb(0x3A5A77), rgb(0x5B4A74), rgb(0x3B6657), rgb(0x7A4A3B),
	rgb(0x74465F), rgb(0x4A5A34), rgb(0x45508A), rgb(0x6B5730),
}

// avatar is a circle with the initials of a name.
type avatar struct {
	name     string
	circle   *canvas.Circle
	initials *canvas.Text
}

func newAvatar() *avatar {
	a := &avatar{circle: canvas.NewCircle(nil), initials: canvas.NewText("", nil)}
	a.initials.TextStyle.Bold = true
	return a
}

func (a *avatar) objects() []fyne.CanvasObject { return []fyne.CanvasObject{a.circle, a.initials} }

func (a *avatar) setName(name string) {
	a.name = name
	a.initials.Text = Initials(name)
	a.recolor()
}

func (a *avatar) show(visible bool) {
	show(a.circle, visible)
	show(a.initials, visible)
}

func (a *avatar) place(size fyne.Size) {
	diameter := min(avatarSize, size.Height*avatarPart, size.Width*avatarPart)
	put(a.circle, (size.Width-diameter)/2, (size.Height-diameter)/2, diameter, diameter)
	a.initials.TextSize = max(8, diameter*0.37)
	text := a.initials.MinSize()
	putText(a.initials, (size.Width-text.Width)/2, 0, size.Height)
}

func (a *avatar) recolor() {
	a.circle.FillColor = AvatarColor(a.name)
	a.initials.Color = Color(OnPlate)
}

// AvatarColor is the colour of a name's circle: the same for the same name, everywhere.
func AvatarColor(name string) color.Color {
	h := fnv.New32a()
	h.Write([]byte(name))
	return avatarColors[h.Sum32()%uint32(len(avatarColors))]
}

// Initials are the first letters of the first and the last word of a name, in upper case: "DL" of
// "Dina Li". A name without letters and digits gives its first character, an empty one "?".
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	if len(words) == 0 {
		for _, r := range strings.TrimSpace(name) {
			return string(r)
		}
		return "?"
	}
	initials := first(words[0])
	if len(words) > 1 {
		initials += first(words[len(words)-1])
	}
	return strings.ToUpper(initials)
}

func first(word string) string {
	for _, r := range word {
		return string(r)
	}
	return ""
}

// maxText is how much of a name or message from elsewhere is kept, in characters: more cannot be shown.
const maxText = 200

// cleaned is a text that came from somebody else in one line: without control characters, and without
// the marks that turn the direction of what follows.
func cleaned(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		switch {
		case n == maxText:
			return b.String()
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == unicode.ReplacementChar:
			continue
		case unicode.IsSpace(r), unicode.IsControl(r):
			r = ' '
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
