package look_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"confab/ui/look"
)

func TestFieldIsAnEntryUnderALabel(t *testing.T) {
	entry := widget.NewEntry()
	f, w := shown(t, func() *look.Field { return look.NewField("Your name", entry) })
	f.Resize(fyne.NewSize(300, f.MinSize().Height))
	if got := entry.Size(); got.Height != 40 || got.Width != 300 {
		t.Errorf("entry %v", got)
	}
	f.SetLabel("Room")
	test.Type(entry, "Eve")
	if entry.Text != "Eve" {
		t.Errorf("typed %q", entry.Text)
	}
	keep(t, w, "field")
}
