// Package yuv scales pictures and converts them from and to what cameras, screens and windows use.
//
// All pictures are I420 in BT.601 limited range, as [media.VideoFrame] says. The work is libyuv's, one
// call into C a picture; a build without cgo does the same in Go, ten times slower. Nothing is kept
// past a call, nothing is allocated in Go's heap, and every function is safe from any goroutine as
// long as nobody else writes to the pictures it was given.
package yuv

import (
	"fmt"
	"image"

	"confab/conference/media"
)

// Scale draws the whole of src into dst, at dst's size; another aspect distorts. Pictures are averaged
// when they shrink below a half, and interpolated otherwise.
func Scale(dst, src *media.VideoFrame) {
	scale(whole(dst), whole(src))
}

// ToRGBA converts src into dst, opaque. Both have the same size, or it panics.
func ToRGBA(dst *image.RGBA, src *media.VideoFrame) {
	if dst.Rect.Dx() != src.Width || dst.Rect.Dy() != src.Height {
		panic(fmt.Sprintf("yuv: convert %dx%d to %dx%d", src.Width, src.Height, dst.Rect.Dx(), dst.Rect.Dy()))
	}
	toRGBA(packedOf(dst), whole(src))
}

// ToRGBAScaled scales src to dst's size and converts it, opaque. What does not fit dst's aspect is cut
// off evenly at both sides ("cover"); to see all of src, choose a dst of its aspect. scratch lends the
// scaled picture for the time of the call. An empty dst is left alone.
func ToRGBAScaled(dst *image.RGBA, src *media.VideoFrame, scratch *media.Pool) {
	width, height := dst.Rect.Dx(), dst.Rect.Dy()
	if width == 0 || height == 0 {
		return
	}
	visible := whole(src).cover(width, height)
	if visible.width == width && visible.height == height {
		toRGBA(packedOf(dst), visible)
		return
	}
	scaled := scratch.Frame(width, height)
	defer scaled.Release()
	scaleToRGBA(packedOf(dst), whole(scaled), visible)
}

// Mirror exchanges left and right of a picture in place.
func Mirror(m *image.RGBA) {
	width := m.Rect.Dx()
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:][:4*width]
		for left, right := 0, 4*(width-1); left < right; left, right = left+4, right-4 {
			a, b := (*[4]byte)(row[left:]), (*[4]byte)(row[right:])
			*a, *b = *b, *a
		}
	}
}

// FromBGRA converts a picture of dst's size from bytes in the order blue, green, red and one that is
// ignored (X11, DIB sections), stride bytes a row. The error says that there are too few bytes.
func FromBGRA(dst *media.VideoFrame, bgra []byte, stride int) error {
	p := packed{bgra, stride}
	if err := p.check("BGRA", dst.Width*4, dst.Height); err != nil {
		return err
	}
	fromBGRA(whole(dst), p)
	return nil
}

// FromRGBA converts a picture of dst's size; alpha is ignored. The error says that the sizes differ.
func FromRGBA(dst *media.VideoFrame, src *image.RGBA) error {
	if src.Rect.Dx() != dst.Width || src.Rect.Dy() != dst.Height {
		return fmt.Errorf("yuv: RGBA picture of %dx%d, want %dx%d", src.Rect.Dx(), src.Rect.Dy(), dst.Width, dst.Height)
	}
	p := packedOf(src)
	if err := p.check("RGBA", dst.Width*4, dst.Height); err != nil {
		return err
	}
	fromRGBA(whole(dst), p)
	return nil
}

// FromYUYV converts a picture of dst's size from packed 4:2:2 (YUY2, what most cameras give), stride
// bytes a row. The error says that there are too few bytes.
func FromYUYV(dst *media.VideoFrame, yuyv []byte, stride int) error {
	p := packed{yuyv, stride}
	if err := p.check("YUYV", (dst.Width+1)/2*4, dst.Height); err != nil {
		return err
	}
	fromYUYV(whole(dst), p)
	return nil
}

// FromNV12 converts a picture of dst's size from a plane of luma and one of U and V in turn, with
// their bytes a row. The error says that there are too few bytes.
func FromNV12(dst *media.VideoFrame, luma []byte, lumaStride int, chroma []byte, chromaStride int) error {
	y, uv := packed{luma, lumaStride}, packed{chroma, chromaStride}
	if err := y.check("NV12 luma", dst.Width, dst.Height); err != nil {
		return err
	}
	if err := uv.check("NV12 chroma", (dst.Width+1)/2*2, (dst.Height+1)/2); err != nil {
		return err
	}
	fromNV12(whole(dst), y, uv)
	return nil
}
