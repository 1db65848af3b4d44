package data_test

import (
	"errors"
	"strings"
	"testing"

	"confab/conference/data"
)

func TestChatIsFitToBeShown(t *testing.T) {
	for in, want := range map[string]string{
		" hello\r\n\tworld \n":       "hello\n\tworld",
		"a\u202eb\x00c\u2066\ufeffd": "abcd",
		"<b>&\"\\</b> שלום 👩‍👩‍👧":    "<b>&\"\\</b> שלום 👩‍👩‍👧",
		"broken \xff UTF-8":          "broken  UTF-8",
	} {
		if got, err := data.CleanChat(in); err != nil || got != want {
			t.Errorf("CleanChat(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for what, in := range map[string]string{
		"empty": "", "blank": " \n\u202e", "too long": strings.Repeat("x", data.MaxChat+1),
	} {
		if got, err := data.CleanChat(in); !errors.Is(err, data.ErrChat) {
			t.Errorf("%s: CleanChat = %q, %v, want ErrChat", what, got, err)
		}
	}
}

func TestTheLongestChatFitsIntoAMessage(t *testing.T) {
	for _, worst := range []string{`"`, `\`, "\n", "<", "\u2028", "é"} {
		text := "x" + strings.Repeat(worst, (data.MaxChat-2)/len(worst)) + "x"
		b, err := data.Append(nil, data.Chat{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		got, err := data.Parse(b)
		if err != nil || got != (data.Chat{Text: text}) {
			t.Errorf("chat of %q: %d bytes, %v", worst, len(b), err)
		}
	}
}
