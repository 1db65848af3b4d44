package capture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"confab/conference/media"
)

// decodeMJPEG decodes one picture of a Motion JPEG stream into f, whose size is the picture's with sides
// cut to even. JPEG uses the full range of levels, f the limited one. It is what package turbojpeg does, at
// a quarter of the speed.
func decodeMJPEG(f *media.VideoFrame, raw []byte) error {
	raw, err := withHuffmanTables(raw)
	if err != nil {
		return err
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	if c.Width&^1 != f.Width || c.Height&^1 != f.Height { // checked before memory is taken for it
		return fmt.Errorf("picture of %dx%d, not %dx%d", c.Width, c.Height, f.Width, f.Height)
	}
	img, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	switch img := img.(type) {
	case *image.YCbCr:
		return fromYCbCr(f, img, &limitedLuma, &limitedChroma)
	case *image.Gray:
		for y := range f.Height {
			mapRow(f.Y[y*f.StrideY:][:f.Width], img.Pix[y*img.Stride:], &limitedLuma)
		}
		fillChroma(f, 128)
		return nil
	}
	return fmt.Errorf("colours of type %T", img)
}

// JPEG markers (ITU-T T.81 table B.1).
const (
	markerDHT = 0xC4
	markerSOI = 0xD8
	markerSOS = 0xDA
)

// withHuffmanTables adds the standard tables (T.81 annex K.3) to a picture that has none, as most
// cameras leave them out. It also drops what some write before the picture.
func withHuffmanTables(raw []byte) ([]byte, error) {
	start := bytes.Index(raw, []byte{0xFF, markerSOI})
	if start < 0 {
		return nil, errors.New("no JPEG")
	}
	raw = raw[start:]
	for at := 2; at+4 <= len(raw); {
		if raw[at] != 0xFF {
			return nil, errors.New("JPEG marker expected")
		}
		switch raw[at+1] {
		case 0xFF: // fill
			at++
			continue
		case markerDHT:
			return raw, nil
		case markerSOS:
			out := make([]byte, 0, len(raw)+len(standardTables))
			out = append(out, raw[:at]...)
			out = append(out, standardTables...)
			return append(out, raw[at:]...), nil
		}
		length := int(raw[at+2])<<8 | int(raw[at+3])
		if length < 2 {
			return nil, errors.New("JPEG segment without length")
		}
		at += 2 + length
	}
	return nil, errors.New("JPEG ends in its header")
}

// fromYCbCr converts a picture of 4:2:0, 4:2:2 or 4:4:4 to 4:2:0 and passes it through tables of levels.
// An odd row or column at the edge is left out.
func fromYCbCr(f *media.VideoFrame, img *image.YCbCr, luma, chroma *[256]byte) error {
	r := img.Rect
	if r.Dx() < f.Width || r.Dy() < f.Height {
		return fmt.Errorf("picture of %dx%d, not %dx%d", r.Dx(), r.Dy(), f.Width, f.Height)
	}
	var wide, high int // chroma samples of img for one of f
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		wide, high = 1, 1
	case image.YCbCrSubsampleRatio422:
		wide, high = 1, 2
	case image.YCbCrSubsampleRatio440:
		wide, high = 2, 1
	case image.YCbCrSubsampleRatio444:
		wide, high = 2, 2
	default:
		return fmt.Errorf("colours subsampled %v", img.SubsampleRatio)
	}
	for y := range f.Height {
		mapRow(f.Y[y*f.StrideY:][:f.Width], img.Y[y*img.YStride:], luma)
	}
	for y := range f.Height / 2 {
		top, bottom := y*high*img.CStride, (y*high+high-1)*img.CStride
		at := y * f.StrideUV
		meanRow(f.U[at:][:f.Width/2], img.Cb[top:], img.Cb[bottom:], wide, chroma)
		meanRow(f.V[at:][:f.Width/2], img.Cr[top:], img.Cr[bottom:], wide, chroma)
	}
	return nil
}

func mapRow(dst, src []byte, table *[256]byte) {
	for x := range dst {
		dst[x] = table[src[x]]
	}
}

// meanRow is the mean of two rows, and of wide samples in each.
func meanRow(dst, top, bottom []byte, wide int, table *[256]byte) {
	for x := range dst {
		a, b := x*wide, x*wide+wide-1
		sum := int(top[a]) + int(top[b]) + int(bottom[a]) + int(bottom[b])
		dst[x] = table[(sum+2)/4]
	}
}

func fillChroma(f *media.VideoFrame, v byte) {
	for i := range f.U {
		f.U[i], f.V[i] = v, v
	}
}
