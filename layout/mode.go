// Package layout decides where each view goes; its geometry is pure.
//
// [Arrange] is the geometry: a mode, a size and a number of people in, rectangles out. [Manager] holds
// who is shown, in which order, and puts their views there: views are added and removed by the
// identity of a person, from any goroutine, and the container follows on the UI goroutine.
//
// All lengths are device-independent pixels. What a view shows is not known here, nor who releases it:
// that is the business of whoever made it.
package layout

import "fyne.io/fyne/v2"

// Mode is how the views share the space.
type Mode uint8

// The modes. A value that is not among them is arranged as Grid.
const (
	// Grid shows everybody in tiles of one size, as large as they can be.
	Grid Mode = iota + 1
	// Speaker shows the first remote view large, and the others and our own in a row below.
	Speaker
	// Share shows the first remote view, a shared screen, large, and the others and our own in a
	// column at the right.
	Share
)

// String is the mode's name in the settings: grid, speaker or share.
func (m Mode) String() string {
	switch m {
	case Speaker:
		return "speaker"
	case Share:
		return "share"
	}
	return "grid"
}

// Distances between views and from the edges of the area.
const (
	Gap  = 12 // between two tiles
	Edge = 16 // around all of them
)

// The limits of a tile's width to its height. A picture of 16:9 is cropped to fill its tile: at 4:3 a
// quarter of its width is lost, at 2:1 a ninth of its height.
const (
	MinAspect = 4.0 / 3
	MaxAspect = 2.0
)

// Rect is a place in the area.
type Rect struct {
	fyne.Position
	fyne.Size
}

// Right is the first x beyond the rectangle.
func (r Rect) Right() float32 { return r.X + r.Width }

// Bottom is the first y below the rectangle.
func (r Rect) Bottom() float32 { return r.Y + r.Height }

// Rects are the places of all views in an area.
type Rects struct {
	Remote []Rect // in the order of the remote views
	Local  Rect   // of our own view; over the last remote one in a grid
	Inset  bool   // Local lies over a remote view
}
