package yuv

import (
	"fmt"
	"image"

	"confab/conference/media"
)

// picture is a frame, or a part of one: the planes start at the part's first pixel.
type picture struct {
	y, u, v           []byte
	strideY, strideUV int // bytes a row
	width, height     int // pixels
}

// whole is all of f. A frame whose planes are too small for its size panics: C would write past them.
func whole(f *media.VideoFrame) picture {
	p := picture{f.Y, f.U, f.V, f.StrideY, f.StrideUV, f.Width, f.Height}
	columns, rows := (p.width+1)/2, (p.height+1)/2
	for _, err := range [...]error{
		packed{p.y, p.strideY}.check("Y plane", p.width, p.height),
		packed{p.u, p.strideUV}.check("U plane", columns, rows),
		packed{p.v, p.strideUV}.check("V plane", columns, rows),
	} {
		if err != nil {
			panic(err.Error())
		}
	}
	return p
}

// cover is the greatest part of p with the aspect of width to height, in its middle. It starts at an
// even pixel, where a chroma sample does.
func (p picture) cover(width, height int) picture {
	w, h := p.width, p.height
	if w*height > h*width {
		w = max(1, (h*width+height/2)/height)
	} else {
		h = max(1, (w*height+width/2)/width)
	}
	x, y := (p.width-w)/2&^1, (p.height-h)/2&^1
	p.y = p.y[y*p.strideY+x:]
	p.u = p.u[y/2*p.strideUV+x/2:]
	p.v = p.v[y/2*p.strideUV+x/2:]
	p.width, p.height = w, h
	return p
}

// packed is bytes in rows: a picture with all components side by side, or one plane.
type packed struct {
	bytes  []byte
	stride int // bytes a row
}

func packedOf(m *image.RGBA) packed { return packed{m.Pix, m.Stride} }

// row is row n and what follows it.
func (p packed) row(n int) []byte { return p.bytes[n*p.stride:] }

// check tells whether the bytes hold rows of width bytes.
func (p packed) check(name string, width, rows int) error {
	if width < 1 || rows < 1 || width > 4*media.MaxDimension || rows > media.MaxDimension {
		return fmt.Errorf("yuv: %s of %d rows of %d bytes", name, rows, width)
	}
	// The division keeps a mad stride from overflowing the product.
	if p.stride < width || len(p.bytes) < width || (rows > 1 && p.stride > (len(p.bytes)-width)/(rows-1)) {
		return fmt.Errorf("yuv: %s of %d bytes with stride %d, want %d rows of %d", name, len(p.bytes), p.stride, rows, width)
	}
	return nil
}
