//go:build !cgo

package vpx

import (
	"fmt"

	"confab/conference/media"
	"confab/conference/media/codec"
)

var errUnavailable = fmt.Errorf("VP8 (libvpx): %w", codec.ErrUnavailable)

// Encoder cannot be had without cgo.
type Encoder struct{}

// NewEncoder fails with codec.ErrUnavailable: libvpx needs cgo.
func NewEncoder(EncoderOptions) (*Encoder, error) { return nil, errUnavailable }

// Encode fails with codec.ErrUnavailable.
func (*Encoder) Encode(*media.VideoFrame, bool) (*media.EncodedFrame, error) {
	return nil, errUnavailable
}

// EncodeKeyFrame fails with codec.ErrUnavailable.
func (*Encoder) EncodeKeyFrame(*media.VideoFrame, int) (*media.EncodedFrame, error) {
	return nil, errUnavailable
}

// SetRate fails with codec.ErrUnavailable.
func (*Encoder) SetRate(int, float64) error { return errUnavailable }

// Close does nothing.
func (*Encoder) Close() error { return nil }

// Decoder cannot be had without cgo.
type Decoder struct{}

// NewDecoder fails with codec.ErrUnavailable: libvpx needs cgo.
func NewDecoder(*media.Pool) (*Decoder, error) { return nil, errUnavailable }

// Decode fails with codec.ErrUnavailable.
func (*Decoder) Decode([]byte) (*media.VideoFrame, error) { return nil, errUnavailable }

// Close does nothing.
func (*Decoder) Close() error { return nil }
