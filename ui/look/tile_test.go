package look_test

import (
	"image"
	"image/color"
	"slices"
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
