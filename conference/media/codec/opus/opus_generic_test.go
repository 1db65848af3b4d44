//go:build !cgo

package opus_test

import (
	"errors"
	"testing"

	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
)

func TestWithoutItsLibraryThereIsNoOpus(t *testing.T) {
	if _, err := opus.NewEncoder(opus.EncoderOptions{}); !errors.Is(err, codec.ErrUnavailable) {
		t.Errorf("NewEncoder = %v, want ErrUnavailable", err)
	}
	if _, err := opus.NewDecoder(); !errors.Is(err, codec.ErrUnavailable) {
		t.Errorf("NewDecoder = %v, want ErrUnavailable", err)
	}
}
