package look_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"confab/ui/look"
)

func TestCardSurroundsItsContent(t *testing.T) {
	text := look.NewText("Join a call", look.Title)
	c, w := shown(t, func() *look.Card { return look.NewCard(text) })
	inner := text.MinSize()
	if got := c.MinSize(); got != inner.AddWidthHeight(44, 44) {
		t.Errorf("size %v around %v", got, inner)
	}
	if got := w.Canvas().Capture().At(30, 30); !near(got, look.Color(look.Surface)) {
		t.Errorf("ground %v", got)
	}
	c.SetPadding(10, 5)
	c.SetFill(look.Active)
	if got := c.MinSize(); got != inner.AddWidthHeight(20, 10) {
		t.Errorf("size %v with less padding", got)
	}
	if empty := look.NewRow(nil).MinSize(); empty != fyne.NewSize(24, 16) {
		t.Errorf("empty row: %v", empty)
	}
}
