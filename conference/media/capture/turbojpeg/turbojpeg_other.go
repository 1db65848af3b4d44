//go:build !linux || !cgo

package turbojpeg

import (
	"errors"

	"confab/conference/media"
)

var errBuild = errors.New("libjpeg-turbo is not in this build")

// Available tells whether pictures can be decoded.
const Available = false

// Decoder decodes one camera's pictures.
type Decoder struct{}

// New makes no decoder in this build.
func New() (*Decoder, error) { return nil, errBuild }

// Decode says that this build decodes nothing.
func (*Decoder) Decode(*media.VideoFrame, []byte) error { return errBuild }

// Close does nothing.
func (*Decoder) Close() error { return nil }
