package signaling

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of names, in bytes of UTF-8.
const (
	MaxName = 64
	MaxRoom = 128
)

// CleanName makes a member's name fit to be shown: without control characters, without marks that turn
// the direction of the text around it, with single spaces, and cut to MaxName bytes between characters.
// It may be empty.
func CleanName(name string) string {
	if len(name) > 16*MaxName {
		name = name[:16*MaxName] // what follows cannot matter, and must not cost
	}
	name = strings.ToValidUTF8(name, "")
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case hidden(r):
			return -1
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if len(name) <= MaxName {
		return name
	}
	cut := MaxName
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimSpace(name[:cut])
}

// CleanRoom gives the room's name without the spaces around it. Errors wrap ErrBadRoom: a name must have
// 1 to MaxRoom bytes, be UTF-8, and hold no control characters or marks of direction. Upper and lower
// case differ.
func CleanRoom(room string) (string, error) {
	room = strings.TrimSpace(room)
	switch {
	case room == "":
		return "", fmt.Errorf("%w: it is empty", ErrBadRoom)
	case len(room) > MaxRoom:
		return "", fmt.Errorf("%w: it has %d bytes, at most %d", ErrBadRoom, len(room), MaxRoom)
	case !utf8.ValidString(room):
		return "", fmt.Errorf("%w: it is not UTF-8", ErrBadRoom)
	case strings.ContainsFunc(room, hidden):
		return "", fmt.Errorf("%w: it holds control characters", ErrBadRoom)
	}
	return room, nil
}

// hidden tells whether a character has no place in a name: controls, separators of lines, the marks of
// Unicode's bidirectional algorithm (UAX #9), and the byte order mark. Joiners stay: emoji and several
// scripts need them.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || r == '\uFEFF'
}
