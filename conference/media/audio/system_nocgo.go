//go:build !cgo

package audio

import (
	"fmt"

	"confab/conference/media/capture"
)

// newConnector says that the sound library is not in this build.
func newConnector() func() (system, error) {
	return func() (system, error) {
		return nil, fmt.Errorf("built without cgo: %w", capture.ErrUnsupported)
	}
}
