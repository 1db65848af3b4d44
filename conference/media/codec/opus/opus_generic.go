//go:build !cgo

package opus

import (
	"fmt"

	"confab/conference/media/codec"
)

var errUnavailable = fmt.Errorf("Opus (libopus): %w", codec.ErrUnavailable)

// Encoder cannot be had without cgo.
type Encoder struct{}

// NewEncoder fails with codec.ErrUnavailable: libopus needs cgo.
func NewEncoder(EncoderOptions) (*Encoder, error) { return nil, errUnavailable }

// Encode fails with codec.ErrUnavailable.
func (*Encoder) Encode(dst []byte, _ []int16) ([]byte, error) { return dst, errUnavailable }

// SetLoss fails with codec.ErrUnavailable.
func (*Encoder) SetLoss(float64) error { return errUnavailable }

// SetRate fails with codec.ErrUnavailable.
func (*Encoder) SetRate(int) error { return errUnavailable }

// SetDTX fails with codec.ErrUnavailable.
func (*Encoder) SetDTX(bool) error { return errUnavailable }

// Close does nothing.
func (*Encoder) Close() error { return nil }

// Decoder cannot be had without cgo.
type Decoder struct{}

// NewDecoder fails with codec.ErrUnavailable: libopus needs cgo.
func NewDecoder() (*Decoder, error) { return nil, errUnavailable }

// Decode fails with codec.ErrUnavailable.
func (*Decoder) Decode([]byte, []int16) (int, error) { return 0, errUnavailable }

// DecodeFEC fails with codec.ErrUnavailable.
func (*Decoder) DecodeFEC([]byte, []int16) (int, error) { return 0, errUnavailable }

// CopyFrom does nothing.
func (*Decoder) CopyFrom(*Decoder) {}

// Close does nothing.
func (*Decoder) Close() error { return nil }
