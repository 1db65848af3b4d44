package data

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrChat is what every refused text of chat is.
var ErrChat = errors.New("text is empty or too long")

// MaxChat bounds one text of chat, in bytes of UTF-8.
const MaxChat = 4000

// CleanChat makes a text fit to be shown: without control characters but line feeds and tabs, without
// marks that turn the direction of the text around it, without space at its ends. Errors wrap
// ErrChat: a text has 1 to MaxChat bytes.
func CleanChat(text string) (string, error) {
	if len(text) > MaxChat {
		return "", fmt.Errorf("%w: it has %d bytes, at most %d", ErrChat, len(text), MaxChat)
	}
	text = strings.Map(func(r rune) rune {
		shown := r == '\n' || r == '\t' || !unicode.In(r, unicode.Cc, unicode.Bidi_Control) && r != '\uFEFF'
		if !shown {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("%w: it is empty", ErrChat)
	}
	return text, nil
}
