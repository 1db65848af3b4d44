package look_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"confab/assets"
	"confab/ui/look"
)

func TestBusyButtonCannotBePressed(t *testing.T) {
	pressed := 0
	b, w := shown(t, func() *look.Button { return look.NewPrimaryButton("Join", func() { pressed++ }) })
	test.TapCanvas(w.Canvas(), fyne.NewPos(40, 40))
	w.Canvas().Focus(b)
	press(w, fyne.KeyReturn)
	b.SetBusy(true)
	b.SetBusy(true)
	test.Tap(b)
	press(w, fyne.KeyReturn)
	if pressed != 2 || !b.Busy() {
		t.Errorf("pressed %d times, want 2", pressed)
	}
	b.SetBusy(false)
	test.Tap(b)
	if pressed != 3 {
		t.Error("it cannot be pressed afterwards")
	}
	if got := b.MinSize().Height; got != 44 {
		t.Errorf("height %g", got)
	}
}

func TestButtonsComeInThreeSizes(t *testing.T) {
	b, w := shown(t, func() *look.Button { return look.NewButton("Cancel", nil) })
	small := look.NewSmallButton("Settings", nil)
	before := small.MinSize()
	small.SetIcon(assets.Settings)
	small.SetColor(look.Accent)
	if b.MinSize().Height != 36 || before.Height != 28 || small.MinSize().Width <= before.Width {
		t.Errorf("%v, %v, %v", b.MinSize(), before, small.MinSize())
	}
	b.SetText("Cancel the call")
	pressed := false
	b.SetOnTapped(func() { pressed = true })
	test.Tap(b)
	if !pressed || b.Text() != "Cancel the call" {
		t.Error("text or action did not change")
	}
	keep(t, w, "button")
}
