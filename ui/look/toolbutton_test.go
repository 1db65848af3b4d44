package look_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"confab/assets"
	"confab/ui/look"
)

func TestToolButtonIsPressedByPointerAndKey(t *testing.T) {
	pressed := 0
	b, w := shown(t, func() *look.ToolButton {
		return look.NewToolButton(assets.Mic, "Mute", func() { pressed++ })
	})
	if size := b.MinSize(); size != fyne.NewSize(52, 48) {
		t.Errorf("size %v", size)
	}
	test.TapCanvas(w.Canvas(), fyne.NewPos(46, 44))
	w.Canvas().Focus(b)
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter, fyne.KeyA} {
		press(w, key)
	}
	if pressed != 4 {
		t.Errorf("pressed %d times, want 4", pressed)
	}
	b.Disable()
	test.Tap(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if pressed != 4 {
		t.Error("a disabled button can be pressed")
	}
}

func TestFocusIsSeen(t *testing.T) {
	b, w := shown(t, func() *look.ToolButton { return look.NewToolButton(assets.Mic, "Mute", nil) })
	if got := w.Canvas().Capture().At(17, 44); !near(got, look.Color(look.Background)) {
		t.Errorf("without the focus: %v", got)
	}
	w.Canvas().Focus(b)
	if got := keep(t, w, "toolbutton-focus").At(17, 44); !near(got, look.Color(look.Accent)) {
		t.Errorf("with the focus: %v", got)
	}
	w.Canvas().Unfocus()
	if got := w.Canvas().Capture().At(17, 44); !near(got, look.Color(look.Background)) {
		t.Errorf("after it: %v", got)
	}
	press(w, fyne.KeySpace) // nothing to press: no action to call
}

func TestToolButtonShowsItsState(t *testing.T) {
	b, w := shown(t, func() *look.ToolButton { return look.NewToolButton(assets.Camera, "Camera", nil) })
	ground := func() any { return w.Canvas().Capture().At(24, 44) }
	plain := ground()
	b.MouseIn(&desktop.MouseEvent{})
	if ground() == plain {
		t.Error("nothing is seen of the pointer over it")
	}
	b.MouseOut()
	if ground() != plain {
		t.Error("the pointer is still seen")
	}
	b.SetActive(true)
	if got := w.Canvas().Capture().At(24, 44); !b.Active() || !near(got, look.Color(look.Active)) {
		t.Errorf("active: %v", got)
	}
	b.SetDanger(true)
	if got := w.Canvas().Capture().At(24, 44); !near(got, look.Color(look.DangerFill)) {
		t.Errorf("danger: %v", got)
	}
	b.SetLabel("A much longer label")
	b.SetIcon(assets.CameraOff)
	if b.MinSize().Width <= 52 || b.Label() != "A much longer label" || !slices.Contains(texts(b), b.Label()) {
		t.Errorf("after SetLabel: %v, %q", b.MinSize(), texts(b))
	}
}

func TestMarkIsSeen(t *testing.T) {
	b, w := shown(t, func() *look.ToolButton { return look.NewToolButton(assets.Chat, "Chat", nil) })
	dot := func() bool { return near(w.Canvas().Capture().At(20+38, 20+8), look.Color(look.Accent)) }
	if dot() {
		t.Error("there is a mark before anything is new")
	}
	b.SetMarked(true)
	if !b.Marked() || !dot() {
		t.Error("no mark is seen")
	}
	b.SetMarked(false)
	if b.Marked() || dot() {
		t.Error("the mark stays")
	}
}
