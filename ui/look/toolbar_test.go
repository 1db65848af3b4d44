package look_test

import (
	"math"
	"testing"

	"fyne.io/fyne/v2"

	"confab/assets"
	"confab/ui/look"
)

func TestToolbarCentresItsButtonsAndShrinks(t *testing.T) {
	var buttons []*look.ToolButton
	bar, w := shown(t, func() *look.Toolbar {
		for range 10 {
			buttons = append(buttons, look.NewToolButton(assets.Chat, "Chat", nil))
		}
		return look.NewToolbar(append(buttons, nil)...)
	})
	bar.Move(fyne.NewPos(0, 0))
	bar.Resize(fyne.NewSize(1000, 70))
	if full := bar.FullSize(); full != fyne.NewSize(10*52+9*10+26, 70) {
		t.Errorf("full size %v", full)
	}
	first, last := buttons[0].Position().X, buttons[9].Position().X+52
	if math.Abs(float64(first-(1000-last))) > 1 {
		t.Errorf("not in the middle: %g left, %g right", first, 1000-last)
	}
	bar.Resize(fyne.NewSize(bar.MinSize().Width, 70))
	if gap := buttons[1].Position().X - buttons[0].Position().X - 52; gap != 4 {
		t.Errorf("gap in a narrow bar: %g", gap)
	}
	buttons[3].Hide()
	bar.Refresh()
	if buttons[4].Position().X-buttons[2].Position().X > 64 {
		t.Error("a hidden button takes a place")
	}
	keep(t, w, "toolbar")
}
