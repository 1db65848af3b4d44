package vpx

import (
	"encoding/binary"
	"fmt"

	"confab/conference/media"
	"confab/conference/media/codec"
)

// keyFrameHeader is how many bytes the uncompressed head of a key frame has (RFC 6386 section 9.1).
const keyFrameHeader = 10

// maxPixels is the greatest picture that is decoded, that of 8K screens: the library keeps several of
// 50 MB then.
const maxPixels = 7680 * 4320

// KeyFrameSize is the size in pixels that the head of a VP8 key frame states (RFC 6386 section 9.1). It
// is false for interframes and for what is no VP8.
func KeyFrameSize(data []byte) (width, height int, ok bool) {
	if !keyFrame(data) || len(data) < keyFrameHeader || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a {
		return 0, 0, false
	}
	// The upper two bits ask for upscaling by the viewer, which nobody does.
	width = int(binary.LittleEndian.Uint16(data[6:]) & 0x3fff)
	height = int(binary.LittleEndian.Uint16(data[8:]) & 0x3fff)
	return width, height, width > 0 && height > 0
}

func keyFrame(data []byte) bool { return len(data) > 0 && data[0]&1 == 0 }

// checkKeyFrame is KeyFrameSize for a decoder: it refuses sizes that are too large, or that so little
// data cannot fill. The modes of a macroblock in a key frame are coded with fixed probabilities
// (RFC 6386 section 11.2), the cheapest in 3.4 bits: a packet of 20 bytes must not cost 250 MB.
func checkKeyFrame(data []byte) (width, height int, err error) {
	width, height, ok := KeyFrameSize(data)
	if !ok {
		return 0, 0, fmt.Errorf("head of a key frame: %w", errCorrupt)
	}
	if width > media.MaxDimension || height > media.MaxDimension || width*height > maxPixels {
		return 0, 0, fmt.Errorf("key frame of %dx%d: %w", width, height, codec.ErrTooLarge)
	}
	macroblocks := (width + 15) / 16 * ((height + 15) / 16)
	if len(data)*8 < macroblocks*3 {
		return 0, 0, fmt.Errorf("key frame of %dx%d in %d bytes: %w", width, height, len(data), errCorrupt)
	}
	return width, height, nil
}
