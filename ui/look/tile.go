package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"confab/conference/media"
)

// ringWidth is the width of the ring around whoever speaks, drawn outside the tile; insetWidth that
// of the edge in the background's colour around a tile that lies over another. Both are rectangles
// under the tile, not strokes: where a stroke lies differs between Fyne's two painters.
const (
	ringWidth  = 3
	insetWidth = 2
)

// Tile shows one person, or one shared screen: the picture with rounded corners, and over it the name
// plate, a badge, and a veil with a message while something is wrong. Without a picture it shows the
// initials. All methods are for the UI goroutine.
//
// Pictures are never scaled or copied here: the graphics card crops and rounds what [media.Surface]
// holds, best a picture of exactly [Tile.PixelSize].
type Tile struct {
	widget.BaseWidget

	surface   *media.Surface
	stale     bool // the surface is new here: take its picture even if somebody saw it before
	cameraOn  bool
	speaking  bool
	inset     bool
	onResized func(width, height int)
	width     int // pixels, as last reported
	height    int

	edge    *canvas.Rectangle // larger than the tile and under it, as is ring
	ring    *canvas.Rectangle
	ground  *canvas.Rectangle
	picture *canvas.Image
	avatar  *avatar
	plate   *plate
	badge   *badge
	veil    *veil
}

// NewTile makes a tile of somebody whose camera is on, but who sent no picture yet.
func NewTile(name string) *Tile {
	t := &Tile{
		cameraOn: true,
		edge:     canvas.NewRectangle(nil),
		ring:     canvas.NewRectangle(nil),
		ground:   canvas.NewRectangle(nil),
		picture: &canvas.Image{
			FillMode: canvas.ImageFillCover, ScaleMode: canvas.ImageScaleFastest, CornerRadius: RadiusTile,
		},
		avatar: newAvatar(),
		plate:  newPlate(),
		badge:  newBadge(),
		veil:   newVeil(),
	}
	t.edge.CornerRadius = RadiusTile + insetWidth
	t.ring.CornerRadius = RadiusTile + ringWidth
	t.ground.CornerRadius = RadiusTile
	t.edge.Hide()
	t.ring.Hide()
	t.picture.Hide()
	t.ExtendBaseWidget(t)
	t.SetName(name)
	return t
}

// SetSurface makes the tile show the pictures of s; nil: none. A surface has one tile at a time.
func (t *Tile) SetSurface(s *media.Surface) {
	if t.surface == s {
		return
	}
	t.surface, t.stale = s, true
	t.dropPicture()
}

// Tick takes the newest picture, and tells whether there was one. The window's display tick calls it
// for every tile; only what it changed is painted.
func (t *Tile) Tick() bool {
	t.reportSize()
	if t.surface == nil || !t.cameraOn || !t.Visible() {
		return false
	}
	img, fresh := t.surface.Take()
	if img == nil || !fresh && !t.stale {
		return false
	}
	t.stale = false
	t.picture.Image = img
	t.picture.Refresh()
	t.showPicture(true)
	return true
}

// SetCameraOn tells whether pictures are to be shown; off, the tile shows the initials. On again, it
// waits for a fresh picture.
func (t *Tile) SetCameraOn(on bool) {
	if t.cameraOn == on {
		return
	}
	t.cameraOn = on
	if !on {
		t.dropPicture()
	}
}

// SetCropped tells whether pictures fill the tile, cropped (which is how it begins), or are shown
// whole, as a shared screen must be.
func (t *Tile) SetCropped(cropped bool) {
	fill := canvas.ImageFillContain
	if cropped {
		fill = canvas.ImageFillCover
	}
	if t.picture.FillMode != fill {
		t.picture.FillMode = fill
		t.showPicture(t.picture.Visible())
		t.picture.Refresh()
	}
}

// Release gives the picture's memory on the graphics card back. Call it before the tile is removed
// from its container: the texture of an image that is removed while it is shown stays allocated for a
// minute, which at video rates of joining and leaving is gigabytes.
func (t *Tile) Release() {
	t.surface = nil
	t.onResized = nil
	t.dropPicture()
}

// PixelSize is the size of the picture's area in pixels of the screen: what a picture should be
// converted to, and what to ask its sender for. 0, 0 before the tile has a size.
func (t *Tile) PixelSize() (width, height int) {
	size := t.Size()
	if size.Width < 1 || size.Height < 1 {
		return 0, 0
	}
	if app := fyne.CurrentApp(); app != nil {
		if c := app.Driver().CanvasForObject(t); c != nil {
			return c.PixelCoordinateForPosition(fyne.NewPos(size.Width, size.Height))
		}
	}
	return int(size.Width + 0.5), int(size.Height + 0.5) // not shown yet: as on a screen of scale 1
}

// SetOnResized names what is told the new PixelSize whenever it has changed; nil: nobody. It is told
// the present size at once if there is one.
func (t *Tile) SetOnResized(f func(width, height int)) {
	t.onResized = f
	t.width, t.height = 0, 0
	t.reportSize()
}

// Resize is for Fyne.
func (t *Tile) Resize(size fyne.Size) {
	t.BaseWidget.Resize(size)
	t.reportSize()
}

// MinSize is for Fyne: 64x36, since its layout decides.
func (t *Tile) MinSize() fyne.Size {
	return fyne.NewSize(64, 36)
}

// reportSize tells a changed PixelSize. The scale of the screen may change without a Resize, when the
// window is moved to another one, so every tick asks.
func (t *Tile) reportSize() {
	if t.onResized == nil {
		return
	}
	width, height := t.PixelSize()
	if width == 0 || width == t.width && height == t.height {
		return
	}
	t.width, t.height = width, height
	t.onResized(width, height)
}

// showPicture switches between the picture and the initials. The ground is hidden under a picture
// that covers it, or its rounded corners would shine through the picture's.
func (t *Tile) showPicture(visible bool) {
	show(t.picture, visible)
	show(t.ground, !visible || t.picture.FillMode != canvas.ImageFillCover)
	t.avatar.show(!visible)
}

func (t *Tile) dropPicture() {
	t.picture.Image = nil
	t.picture.Refresh() // frees the texture
	t.showPicture(false)
}
