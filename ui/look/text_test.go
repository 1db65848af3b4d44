package look_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"confab/ui/look"
)

func TestTextLineIsShortenedWithAnEllipsis(t *testing.T) {
	line, _ := shown(t, func() *look.TextLine { return look.NewText("A rather long line of text", look.Body) })
	full := line.MinSize()
	line.Resize(full)
	if got := texts(line); !slices.Equal(got, []string{"A rather long line of text"}) {
		t.Errorf("with room: %q", got)
	}
	line.Resize(fyne.NewSize(80, full.Height))
	got := texts(line)[0]
	if r := []rune(got); r[len(r)-1] != '…' || len(r) > 15 {
		t.Errorf("without room: %q", got)
	}
	line.SetMinWidth(60)
	if line.MinSize().Width != 60 || line.Text() != "A rather long line of text" {
		t.Errorf("least %v, text %q", line.MinSize(), line.Text())
	}
	line.SetText("Short")
	line.SetColor(look.Warning)
	line.SetAlignment(fyne.TextAlignTrailing)
	if got := texts(line); !slices.Equal(got, []string{"Short"}) {
		t.Errorf("after SetText: %q", got)
	}
}
