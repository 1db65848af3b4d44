// Package vpx encodes and decodes VP8 (RFC 6386) with libvpx.
//
// The encoder is set for calls: constant bitrate, key frames on demand only, one thread (more of them
// spin: 6 ms a picture become 30 on a busy machine), and up to three temporal layers of which the upper
// ones may be left out for a peer. A key frame restarts the pattern of layers at its base. The decoder
// takes what anybody sends: sizes are checked before memory is taken, and after any error it waits for
// a key frame and starts afresh with it.
package vpx

import (
	"fmt"

	"confab/conference/media"
	"confab/conference/media/codec"
)

var (
	_ codec.VideoEncoder = (*Encoder)(nil)
	_ codec.VideoDecoder = (*Decoder)(nil)
)

// EncoderOptions says what an encoder is for.
type EncoderOptions struct {
	Width, Height   int     // pixels, 1 to media.MaxDimension; every picture has this size
	BitsPerSecond   int     // 0: 1.3 for each pixel, 1,200,000 for 1280x720
	FramesPerSecond float64 // 0: 30
	Screen          bool    // text and edges rather than faces
	TemporalLayers  int     // 1 to 3; 0: 3
}

// Limits of a rate; what lies outside is moved to them. libvpx counts in kbit/s and wants each layer
// to have more than the one below.
const (
	minBitsPerSecond   = 10_000
	maxBitsPerSecond   = 1_000_000_000
	minFramesPerSecond = 1
	maxFramesPerSecond = 120
)

func (o *EncoderOptions) fill() error {
	if o.Width < 1 || o.Height < 1 || o.Width > media.MaxDimension || o.Height > media.MaxDimension {
		return fmt.Errorf("encode VP8 of %dx%d: limit is %d: %w", o.Width, o.Height, media.MaxDimension, codec.ErrTooLarge)
	}
	if o.BitsPerSecond == 0 {
		o.BitsPerSecond = o.Width * o.Height * 13 / 10
	}
	if o.FramesPerSecond == 0 {
		o.FramesPerSecond = 30
	}
	if o.TemporalLayers == 0 {
		o.TemporalLayers = 3
	}
	if o.TemporalLayers < 1 || o.TemporalLayers > 3 {
		return fmt.Errorf("encode VP8 in %d temporal layers: 1 to 3 can be had", o.TemporalLayers)
	}
	return nil
}

// rate is a target in libvpx' units.
type rate struct {
	kilobitsPerSecond int
	ticks             int // of 90 kHz, a frame
}

func rateOf(bitsPerSecond int, framesPerSecond float64) rate {
	bitsPerSecond = min(max(bitsPerSecond, minBitsPerSecond), maxBitsPerSecond)
	if !(framesPerSecond >= minFramesPerSecond) { // nor is NaN
		framesPerSecond = minFramesPerSecond
	}
	framesPerSecond = min(framesPerSecond, maxFramesPerSecond)
	return rate{bitsPerSecond / 1000, int(media.VideoClockRate/framesPerSecond + 0.5)}
}

// basePicture is the size of a mean picture of the base layer, in bytes, with a pattern of 4, 2 or 1
// places: the base has 40, 60 or 100 % of the bits.
func (r rate) basePicture(places int) int {
	share := 100
	switch places {
	case 4:
		share = 40
	case 2:
		share = 60
	}
	return max(1, r.kilobitsPerSecond*1000/8*share/100*r.ticks*places/media.VideoClockRate)
}

// Error is what libvpx answers.
type Error struct {
	Code int    // vpx_codec_err_t
	Text string // the library's own words
}

func (e *Error) Error() string { return "libvpx: " + e.Text }

// errCorrupt is what libvpx says of data that it cannot decode (VPX_CODEC_CORRUPT_FRAME).
var errCorrupt error = &Error{Code: 7, Text: "Corrupt frame detected"}
