package look_test

import (
	"testing"

	"fyne.io/fyne/v2/canvas"

	"confab/ui/look"
)

func TestChipIsAsWideAsItsText(t *testing.T) {
	c, _ := shown(t, func() *look.Chip { return look.NewChip("12:41") })
	before := c.MinSize()
	c.SetText("Encrypted, verified")
	c.SetColor(look.Speaking)
	after := c.MinSize()
	c.Resize(after)
	if before.Height != 28 || after.Width <= before.Width || c.Text() != "Encrypted, verified" {
		t.Errorf("%v, %v, %q", before, after, c.Text())
	}
	for _, o := range objects(c) {
		if text, ok := o.(*canvas.Text); ok && (!near(text.Color, look.Color(look.Speaking)) || text.Text != c.Text()) {
			t.Errorf("%q in %v", text.Text, text.Color)
		}
	}
}
