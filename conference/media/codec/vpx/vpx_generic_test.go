//go:build !cgo

package vpx_test

import (
	"errors"
	"testing"

	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
)

func TestWithoutItsLibraryThereIsNoVP8(t *testing.T) {
	if _, err := vpx.NewEncoder(vpx.EncoderOptions{Width: 8, Height: 8}); !errors.Is(err, codec.ErrUnavailable) {
		t.Errorf("NewEncoder = %v, want ErrUnavailable", err)
	}
	if _, err := vpx.NewDecoder(nil); !errors.Is(err, codec.ErrUnavailable) {
		t.Errorf("NewDecoder = %v, want ErrUnavailable", err)
	}
}
