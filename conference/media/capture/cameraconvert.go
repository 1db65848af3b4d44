package capture

import (
	"fmt"

	"confab/conference/media"
	"confab/conference/media/capture/turbojpeg"
	"confab/conference/media/yuv"
)

// converter makes frames of pictures as a camera writes them. It is used by one goroutine at a time.
type converter struct {
	pool *media.Pool
	mode cameraMode
	fast *turbojpeg.Decoder // nil: image/jpeg does its work
}

// newConverter makes a converter for pictures in mode m, which the caller closes.
func newConverter(pool *media.Pool, m cameraMode) *converter {
	c := &converter{pool: pool, mode: m}
	if m.pixels == pixelsMJPEG && turbojpeg.Available {
		if fast, err := turbojpeg.New(); err == nil { // else there is no memory; the twin has its own
			c.fast = fast
		}
	}
	return c
}

// convert makes a frame of a picture, with sides cut to even. An error wraps errBadPicture: cameras are cut
// off in the middle of a picture, and some send rubbish first.
func (c *converter) convert(raw []byte) (*media.VideoFrame, error) {
	m := c.mode
	f := c.pool.Frame(m.width&^1, m.height&^1)
	var err error
	switch m.pixels {
	case pixelsI420:
		err = fromI420(f, raw, rowOf(m, m.width), m.height)
	case pixelsNV12:
		stride := rowOf(m, m.width)
		if luma := stride * m.height; luma <= len(raw) {
			err = yuv.FromNV12(f, raw[:luma], stride, raw[luma:], stride)
		} else {
			err = fmt.Errorf("%d bytes of %d", len(raw), luma*3/2)
		}
	case pixelsYUYV:
		err = yuv.FromYUYV(f, raw, rowOf(m, 2*m.width))
	case pixelsMJPEG:
		if c.fast != nil {
			err = c.fast.Decode(f, raw)
		} else {
			err = decodeMJPEG(f, raw)
		}
	default:
		err = fmt.Errorf("format %d", m.pixels)
	}
	if err != nil {
		f.Release()
		return nil, fmt.Errorf("%w: %w", errBadPicture, err)
	}
	return f, nil
}

func (c *converter) close() {
	if c.fast != nil {
		c.fast.Close()
	}
}

// rowOf is the number of bytes of a row, width without padding. A driver's figure below that is none.
func rowOf(m cameraMode, width int) int { return max(m.stride, width) }

// fromI420 copies three planes; rows of chroma have half the stride of luma's.
func fromI420(f *media.VideoFrame, raw []byte, stride, height int) error {
	half := stride / 2
	luma, chroma := stride*height, half*(height/2)
	if len(raw) < luma+2*chroma {
		return fmt.Errorf("%d bytes of %d", len(raw), luma+2*chroma)
	}
	copyPlane(f.Y, f.StrideY, raw, stride, f.Width, f.Height)
	copyPlane(f.U, f.StrideUV, raw[luma:], half, f.Width/2, f.Height/2)
	copyPlane(f.V, f.StrideUV, raw[luma+chroma:], half, f.Width/2, f.Height/2)
	return nil
}

func copyPlane(dst []byte, dstStride int, src []byte, srcStride, width, height int) {
	for y := range height {
		copy(dst[y*dstStride:][:width], src[y*srcStride:])
	}
}
