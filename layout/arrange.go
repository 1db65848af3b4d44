package layout

import (
	"math"

	"fyne.io/fyne/v2"
)

// The size of our own view over the last tile, and its distance from that tile's right and lower edge.
// In a small tile it takes at most insetPart of each side.
const (
	insetWidth  = 186
	insetHeight = 116
	insetMargin = 12
	insetPart   = 0.4
)

// Of speaker and share modes: how much the small tiles take. In a window of 1280x800 they are 212x132
// in the row below a speaker, and 218x152 in the column beside a shared screen.
const (
	stripPart    = 0.21 // of the height
	stripMax     = 132
	stripAspect  = 1.61
	columnPart   = 0.18 // of the width
	columnMax    = 218
	columnAspect = 1.43
)

// Arrange places n remote views (fewer than 0 are taken for 0) and our own in an area. Every rectangle
// lies inside the area, Edge away from its edges where there is room, and has whole numbers, so that
// tiles of one size have one size in pixels. Alone, our own view has all of the space.
func Arrange(mode Mode, size fyne.Size, n int) Rects {
	area := Rect{fyne.NewPos(Edge, Edge), fyne.NewSize(size.Width-2*Edge, size.Height-2*Edge)}
	if area.Width < 1 || area.Height < 1 { // too small for edges, or nothing at all
		area = Rect{Size: fyne.NewSize(max(0, size.Width), max(0, size.Height))}
	}
	switch {
	case n <= 0:
		return Rects{Local: grid(area, 1)[0]}
	case mode == Speaker && n > 1:
		return speaker(area, n)
	case mode == Share:
		return share(area, n)
	}
	remote := grid(area, n)
	return Rects{Remote: remote, Local: inset(remote[n-1]), Inset: true}
}

// grid places n tiles of one size in rows and columns, so that the tile is as large as it can be. The
// last row may be short, and is centred, as is the whole.
func grid(area Rect, n int) []Rect {
	best, columns := fyne.Size{}, 1
	for c := 1; c <= n; c++ {
		rows := (n + c - 1) / c
		if tile := tileSize(area.Size, c, rows); c == 1 || tile.Width*tile.Height > best.Width*best.Height {
			best, columns = tile, c
		}
	}
	rows := (n + columns - 1) / columns
	top := area.Y + floor((area.Height-extent(best.Height, rows))/2)
	rects := make([]Rect, 0, n)
	for i := range n {
		row, column := i/columns, i%columns
		inRow := min(columns, n-row*columns)
		left := area.X + floor((area.Width-extent(best.Width, inRow))/2)
		rects = append(rects, Rect{
			Position: fyne.NewPos(left+float32(column)*(best.Width+Gap), top+float32(row)*(best.Height+Gap)),
			Size:     best,
		})
	}
	return rects
}

// tileSize is the largest tile within the limits of its aspect of which columns and rows fit area.
func tileSize(area fyne.Size, columns, rows int) fyne.Size {
	width := floor((area.Width - float32(columns-1)*Gap) / float32(columns))
	height := floor((area.Height - float32(rows-1)*Gap) / float32(rows))
	if width <= 0 || height <= 0 {
		return fyne.Size{}
	}
	return fyne.NewSize(min(width, floor(height*MaxAspect)), min(height, floor(width/MinAspect)))
}

// inset is the place of our own view over a tile.
func inset(tile Rect) Rect {
	scale := min(1, tile.Width*insetPart/insetWidth, tile.Height*insetPart/insetHeight)
	width, height := floor(insetWidth*scale), floor(insetHeight*scale)
	margin := floor(insetMargin * min(1, scale*1.5))
	return Rect{
		Position: fyne.NewPos(tile.Right()-margin-width, tile.Bottom()-margin-height),
		Size:     fyne.NewSize(width, height),
	}
}

// speaker places the first view above a row of the others and our own.
func speaker(area Rect, n int) Rects {
	height := floor(min(stripMax, area.Height*stripPart))
	width := min(floor(height*stripAspect), floor((area.Width-float32(n-1)*Gap)/float32(n)))
	height = min(height, floor(width/MinAspect))
	if width < 1 || height < 1 || area.Height-height-Gap < 1 {
		return crowded(area, n)
	}
	main := Rect{area.Position, fyne.NewSize(area.Width, area.Height-height-Gap)}
	row := Rect{
		Position: fyne.NewPos(area.X+floor((area.Width-extent(width, n))/2), area.Bottom()-height),
		Size:     fyne.NewSize(width, height),
	}
	rects := Rects{Remote: []Rect{grid(main, 1)[0]}}
	for i := range n - 1 {
		rects.Remote = append(rects.Remote, row.moved(float32(i)*(width+Gap), 0))
	}
	rects.Local = row.moved(float32(n-1)*(width+Gap), 0)
	return rects
}

// share places the first view, whole, left of a column of the others and our own.
func share(area Rect, n int) Rects {
	width := floor(min(columnMax, area.Width*columnPart))
	height := min(floor(width/columnAspect), floor((area.Height-float32(n-1)*Gap)/float32(n)))
	width = min(width, floor(height*MaxAspect))
	if width < 1 || height < 1 || area.Width-width-Gap < 1 {
		return crowded(area, n)
	}
	column := Rect{fyne.NewPos(area.Right()-width, area.Y), fyne.NewSize(width, height)}
	rects := Rects{Remote: []Rect{{area.Position, fyne.NewSize(area.Width-width-Gap, area.Height)}}}
	for i := range n - 1 {
		rects.Remote = append(rects.Remote, column.moved(0, float32(i)*(height+Gap)))
	}
	rects.Local = column.moved(0, float32(n-1)*(height+Gap))
	return rects
}

// crowded is what speaker and share fall back to where their small tiles have no room: a grid.
func crowded(area Rect, n int) Rects {
	remote := grid(area, n)
	return Rects{Remote: remote, Local: inset(remote[n-1]), Inset: true}
}

func (r Rect) moved(x, y float32) Rect {
	return Rect{r.Position.AddXY(x, y), r.Size}
}

// extent is the length of n tiles with their gaps.
func extent(length float32, n int) float32 { return float32(n)*length + float32(n-1)*Gap }

func floor(x float32) float32 { return float32(math.Floor(float64(x))) }
