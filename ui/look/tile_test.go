package look_test

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"confab/conference/media"
	"confab/ui/look"
)

// shownTile is a tile of 320x180 at 20, 20 in a dark window.
func shownTile(t *testing.T, name string) (*look.Tile, fyne.Window) {
	t.Helper()
	var tile *look.Tile
	w := window(t, look.Dark, func() fyne.CanvasObject {
		tile = look.NewTile(name)
		return container.NewWithoutLayout(at(tile, 20, 20, 320, 180))
	}, 360, 220)
	return tile, w
}

func fill(s *media.Surface, width, height int, c color.RGBA) *image.RGBA {
	img := s.Back(width, height)
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = c.R, c.G, c.B, c.A
	}
	s.Publish()
	return img
}

var red, blue = color.RGBA{200, 30, 30, 255}, color.RGBA{30, 30, 200, 255}

func TestTileShowsTheVeryPictureOfItsSurface(t *testing.T) {
	tile, _ := shownTile(t, "Ana")
	s := &media.Surface{}
	tile.SetSurface(s)
	if tile.Tick() {
		t.Error("Tick reports a picture before there is one")
	}
	want := fill(s, 320, 180, red)
	if !tile.Tick() {
		t.Error("Tick reports no picture")
	}
	img := picture(tile)
	if img.Image != want {
		t.Error("the picture was copied or converted")
	}
	if img.ScaleMode != canvas.ImageScaleFastest || img.FillMode != canvas.ImageFillCover {
		t.Errorf("drawn with scale mode %v, fill mode %v", img.ScaleMode, img.FillMode)
	}
	if tile.Tick() {
		t.Error("Tick reports the same picture again")
	}
}

func TestPictureFillsTheTileAndHasRoundCorners(t *testing.T) {
	tile, w := shownTile(t, "Ana")
	s := &media.Surface{}
	tile.SetSurface(s)
	fill(s, 90, 160, red) // an upright telephone's
	tile.Tick()
	img := keep(t, w, "tile-portrait")
	for _, p := range []image.Point{{24, 100}, {180, 110}, {336, 100}, {180, 22}} {
		if got := img.At(p.X, p.Y); !near(got, red) {
			t.Errorf("at %v: %v", p, got)
		}
	}
	if got := img.At(20, 20); !near(got, look.Color(look.Background)) {
		t.Errorf("in the corner: %v", got)
	}
}

func TestSharedScreenIsShownWhole(t *testing.T) {
	tile, w := shownTile(t, "Ana")
	s := &media.Surface{}
	tile.SetSurface(s)
	tile.SetCropped(false)
	fill(s, 180, 180, red)
	tile.Tick()
	img := keep(t, w, "tile-contain")
	if got := img.At(180, 110); !near(got, red) {
		t.Errorf("in the middle: %v", got)
	}
	if got := img.At(40, 60); !near(got, look.Color(look.TileGround)) {
		t.Errorf("beside the picture: %v", got)
	}
}

func TestInitialsStandInForThePicture(t *testing.T) {
	tile, w := shownTile(t, "Dina Li")
	if got := texts(tile); !slices.Contains(got, "DL") {
		t.Errorf("before the first picture: %q", got)
	}
	s := &media.Surface{}
	tile.SetSurface(s)
	fill(s, 320, 180, red)
	tile.Tick()
	if got := texts(tile); slices.Contains(got, "DL") {
		t.Errorf("with a picture: %q", got)
	}
	tile.SetCameraOn(false)
	if got := texts(tile); !slices.Contains(got, "DL") || picture(tile).Image != nil {
		t.Errorf("camera off: %q, picture kept: %v", got, picture(tile).Image != nil)
	}
	if got := w.Canvas().Capture().At(180, 75); !near(got, look.AvatarColor("Dina Li")) {
		t.Errorf("the circle is %v", got)
	}
}

func TestCameraOnAgainWaitsForAFreshPicture(t *testing.T) {
	tile, _ := shownTile(t, "Ana")
	s := &media.Surface{}
	tile.SetSurface(s)
	fill(s, 320, 180, red)
	tile.Tick()
	tile.SetCameraOn(false)
	tile.SetCameraOn(true)
	if tile.Tick() {
		t.Error("a picture from before the camera was off is shown")
	}
	fill(s, 320, 180, blue)
	if !tile.Tick() || picture(tile).Image == nil {
		t.Error("a fresh picture is not shown")
	}
}

// A screen that stands still sends no second picture for a tile that is made later.
func TestNewTileShowsAPictureThatAnotherHasTaken(t *testing.T) {
	first, _ := shownTile(t, "Ana")
	s := &media.Surface{}
	first.SetSurface(s)
	want := fill(s, 320, 180, red)
	first.Tick()
	first.SetSurface(nil)
	second := look.NewTile("Ana")
	second.SetSurface(s)
	if !second.Tick() || picture(second).Image != want {
		t.Error("the picture that is there is not shown")
	}
}

func TestReleaseDropsThePicture(t *testing.T) {
	tile, _ := shownTile(t, "Ana")
	s := &media.Surface{}
	tile.SetSurface(s)
	fill(s, 320, 180, red)
	tile.Tick()
	tile.Release()
	if img := picture(tile); img.Image != nil || img.Visible() {
		t.Error("the picture is still held")
	}
	fill(s, 320, 180, blue)
	if tile.Tick() {
		t.Error("a released tile takes pictures")
	}
}

func TestHiddenTileTakesNoPicture(t *testing.T) {
	tile, _ := shownTile(t, "Ana")
	s := &media.Surface{}
	tile.SetSurface(s)
	fill(s, 320, 180, red)
	tile.Hide()
	if tile.Tick() {
		t.Error("a hidden tile takes pictures")
	}
}

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

func TestPixelSizeFollowsTheScreen(t *testing.T) {
	tile, w := shownTile(t, "Ana")
	var told [][2]int
	tile.SetOnResized(func(width, height int) { told = append(told, [2]int{width, height}) })
	if len(told) != 1 || told[0] != [2]int{320, 180} {
		t.Fatalf("at once: %v", told)
	}
	tile.Tick()
	tile.Resize(fyne.NewSize(320, 180))
	if len(told) != 1 {
		t.Errorf("told again without a change: %v", told)
	}
	w.Canvas().(interface{ SetScale(float32) }).SetScale(2) // moved to another screen
	tile.Tick()
	if width, height := tile.PixelSize(); width != 640 || height != 360 {
		t.Errorf("at scale 2: %dx%d", width, height)
	}
	if len(told) != 2 || told[1] != [2]int{640, 360} {
		t.Errorf("at scale 2: %v", told)
	}
	if w, h := look.NewTile("new").PixelSize(); w != 0 || h != 0 {
		t.Errorf("without a size: %dx%d", w, h)
	}
}

func TestTileFollowsAChangeOfTheme(t *testing.T) {
	tile, w := shownTile(t, "Ana")
	test.ApplyTheme(t, look.NewTheme(look.Light))
	tile.Refresh()
	if got := w.Canvas().Capture().At(30, 100); !near(got, look.NewTheme(look.Light).Color(look.TileGround, 0)) {
		t.Errorf("in the light theme: %v", got)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Dina Li": "DL", "Chen": "C", "ana maria von trapp": "AT", "  ben ": "B", "": "?", "   ": "?",
		"(guest) 7": "G7", "日本 太郎": "日太", "…": "…", "élodie": "É",
	} {
		if got := look.Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSameNameHasSameColour(t *testing.T) {
	if look.AvatarColor("Ana") != look.AvatarColor("Ana") {
		t.Error("a name has two colours")
	}
	text := colorOf(look.Dark, look.OnPlate)
	for _, name := range strings.Fields("Ana Ben Chen Dina Eve Finn Gus Hana Ivo Jan Kim Lea Mia Noa Ole Pia") {
		if c := contrast(text, look.AvatarColor(name).(color.NRGBA)); c < 4.5 {
			t.Errorf("initials of %s have a contrast of %.2f", name, c)
		}
	}
}

func FuzzTileName(f *testing.F) {
	f.Add("Dina Li", 120)
	f.Add("\u202Eabc\xff", 3)
	f.Fuzz(func(t *testing.T, name string, width int) {
		test.NewTempApp(t)
		tile := look.NewTile(name)
		tile.SetQuality(3)
		tile.Resize(fyne.NewSize(float32(width%2000), 100))
	})
}
