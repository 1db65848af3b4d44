package look_test

import (
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"confab/assets"
	"confab/ui/look"
)

// shown puts a widget at 20, 20 of a dark window, in its own size.
func shown[W fyne.CanvasObject](t *testing.T, build func() W) (W, fyne.Window) {
	t.Helper()
	var o W
	w := window(t, look.Dark, func() fyne.CanvasObject {
		o = build()
		return container.NewWithoutLayout(own(o, 20, 20))
	}, 500, 300)
	return o, w
}

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

func TestMeterShowsItsLevel(t *testing.T) {
	m, w := shown(t, look.NewMeter)
	m.Resize(fyne.NewSize(200, 8))
	for _, level := range []float64{0.5, 1, 7, 0, -1, math.NaN(), 0.5} {
		m.SetLevel(level)
	}
	img := keep(t, w, "meter")
	if got := img.At(60, 24); !near(got, look.Color(look.Speaking)) {
		t.Errorf("within the level: %v", got)
	}
	if got := img.At(180, 24); !near(got, look.Color(look.Raised)) {
		t.Errorf("beyond the level: %v", got)
	}
	m.SetLevel(math.NaN())
	if m.Level() != 0 {
		t.Errorf("level of what is no number: %g", m.Level())
	}
	m.SetColor(look.Accent)
	m.SetLevel(math.Inf(1))
	if got := w.Canvas().Capture().At(180, 24); !near(got, look.Color(look.Accent)) || m.Level() != 1 {
		t.Errorf("full, of another colour: %v", got)
	}
}

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

func TestIconsFollowTheTheme(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(look.NewTheme(look.Dark))
	icon := look.Icon(assets.Mic, look.Text)
	dark, content := icon.Name(), string(icon.Content())
	app.Settings().SetTheme(look.NewTheme(look.Light))
	if icon.Name() == dark || string(icon.Content()) == content {
		t.Errorf("%s in both themes", dark)
	}
	if look.Icon(nil, look.Text) != nil {
		t.Error("no icon became one")
	}
}
