package look_test

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"confab/ui/look"
)

// TestMain keeps the desktop's settings out of the tests. goleak has no place here: Fyne's test
// application keeps goroutines of its own for the life of the process.
func TestMain(m *testing.M) {
	os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	os.Setenv("LANG", "en_US.UTF-8")
	os.Exit(m.Run())
}

// window shows content, made under Confab's theme, in a window of the given size.
func window(t *testing.T, v look.Variant, content func() fyne.CanvasObject, width, height float32) fyne.Window {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(look.NewTheme(v))
	w := test.NewTempWindow(t, nil)
	w.SetPadded(false)
	w.SetContent(content())
	w.Resize(fyne.NewSize(width, height))
	return w
}

// keep writes a picture of the window for people, into the directory CONFAB_PICTURES if it is named.
func keep(t *testing.T, w fyne.Window, name string) image.Image {
	t.Helper()
	img := w.Canvas().Capture()
	dir := os.Getenv("CONFAB_PICTURES")
	if dir == "" {
		return img
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return img
}

// near tells whether two colours look the same.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	const tolerance = 0x0800
	off := func(x, y uint32) bool { return max(x, y)-min(x, y) > tolerance }
	return !off(ar, br) && !off(ag, bg) && !off(ab, bb)
}

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

// objects are what a widget draws.
func objects(w fyne.Widget) []fyne.CanvasObject { return test.WidgetRenderer(w).Objects() }

// texts are the words a widget shows.
func texts(w fyne.Widget) []string {
	var shown []string
	for _, o := range objects(w) {
		if text, ok := o.(*canvas.Text); ok && text.Visible() && text.Text != "" {
			shown = append(shown, text.Text)
		}
	}
	return shown
}

// picture is what a tile shows of its surface.
func picture(t *look.Tile) *canvas.Image {
	for _, o := range objects(t) {
		if img, ok := o.(*canvas.Image); ok && img.Resource == nil {
			return img
		}
	}
	return nil
}

// press types a key at the widget that has the focus.
func press(w fyne.Window, key fyne.KeyName) {
	if f := w.Canvas().Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: key})
	}
}
