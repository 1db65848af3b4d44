package look_test

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"confab/conference/media"
	"confab/ui/look"
)

func TestRingIsThreePixelsOutsideTheTile(t *testing.T) {
	tile, w := shownTile(t, "Ana")
	tile.SetSpeaking(true)
	ring, ground := look.Color(look.Speaking), look.Color(look.Background)
	img := keep(t, w, "tile-speaking")
	for x, want := range map[int]color.Color{16: ground, 17: ring, 19: ring, 20: look.Color(look.TileGround)} {
		if got := img.At(x, 110); !near(got, want) {
			t.Errorf("at x %d: %v, want %v", x, got, want)
		}
	}
	tile.SetSpeaking(false)
	if got := w.Canvas().Capture().At(18, 110); !near(got, ground) {
		t.Errorf("after they stopped: %v", got)
	}
}

func TestPlateSaysWhoItIs(t *testing.T) {
	tile, w := shownTile(t, "Eve")
	tile.SetNote("(you)")
	tile.SetMuted(true)
	tile.SetQuality(2)
	if got := texts(tile); !slices.Contains(got, "Eve") || !slices.Contains(got, "(you)") {
		t.Errorf("the plate says %q", got)
	}
	img := keep(t, w, "tile-plate")
	fair := 0
	for x := 20; x < 200; x++ {
		if near(img.At(x, 180), look.Color(look.PlateFair)) {
			fair++
		}
	}
	if fair != 6 { // of the two bars lit, three pixels wide
		t.Errorf("%d pixels of bars are lit", fair)
	}
	tile.SetQuality(99)
	tile.SetQuality(-1)
	tile.SetMuted(false)
	if got := visibleIcons(tile); got != 0 {
		t.Errorf("%d marks after unmuting", got)
	}
}

func visibleIcons(tile *look.Tile) int {
	n := 0
	for _, o := range objects(tile) {
		if img, ok := o.(*canvas.Image); ok && img.Resource != nil && img.Visible() {
			n++
		}
	}
	return n
}

func TestWhatDoesNotFitIsShortened(t *testing.T) {
	tile, _ := shownTile(t, strings.Repeat("Maximiliane ", 30))
	tile.SetNote("(you)")
	tile.SetBadge(strings.Repeat("hand up ", 30))
	tile.SetStatus(strings.Repeat("reconnecting ", 30), strings.Repeat("again ", 60))
	tile.SetMuted(true)
	tile.SetQuality(3)
	for _, size := range []fyne.Size{{Width: 320, Height: 180}, {Width: 120, Height: 80}, {Width: 64, Height: 36}, {Width: 10, Height: 10}} {
		tile.Resize(size)
		for _, o := range objects(tile) {
			text, ok := o.(*canvas.Text)
			if !ok || !text.Visible() || len(text.Text) <= 2 {
				continue
			}
			if right := text.Position().X + text.MinSize().Width; right > size.Width || text.Position().X < 0 {
				t.Errorf("in %v %q ends at %g", size, text.Text, right)
			}
		}
	}
}

func TestNamesFromElsewhereAreOneTameLine(t *testing.T) {
	for name, want := range map[string]string{
		"Ana":                        "Ana",
		"Ana\nBen\t\x00C":            "Ana Ben  C",
		"evil \u202Egnp.exe\u202C x": "evil gnp.exe x",
		"":                           "",
	} {
		tile := look.NewTile(name)
		tile.Resize(fyne.NewSize(640, 360))
		got := texts(tile)
		if want == "" && len(got) == 1 && got[0] == "?" {
			continue
		}
		if !slices.Contains(got, want) {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
}

func TestStatusVeilsTheTile(t *testing.T) {
	tile, w := shownTile(t, "Ben")
	s := &media.Surface{}
	tile.SetSurface(s)
	fill(s, 320, 180, red)
	tile.Tick()
	tile.SetStatus("Reconnecting to Ben", "Their network changed. Trying again, 4 s")
	tile.SetBadge("Camera off to save bandwidth")
	if got := texts(tile); !slices.Contains(got, "Reconnecting to Ben") || !slices.Contains(got, "Their network changed. Trying again, 4 s") {
		t.Errorf("the veil says %q", got)
	}
	if r, _, _, _ := keep(t, w, "tile-status").At(40, 100).RGBA(); r>>8 > 80 {
		t.Errorf("the picture is not darkened: red %d", r>>8)
	}
	tile.SetStatus("", "")
	if got := w.Canvas().Capture().At(40, 100); !near(got, red) {
		t.Errorf("after the veil: %v", got)
	}
}
