// Package turbojpeg decodes the pictures of Motion JPEG cameras with libjpeg-turbo, three to four times as
// fast as image/jpeg: straight to planes, whose rows of chroma are then averaged and whose levels are brought from
// JPEG's full range to the limited one, in one call into C a picture.
//
// It is in builds for Linux with cgo, where cameras are read that need it; [Available] tells.
package turbojpeg

import (
	"errors"
	"fmt"
)

// maxSide bounds the sides of a picture, in pixels: JPEG's own limit is 65500, and a few bytes of a header
// must not make us take gigabytes.
const maxSide = 8192

var (
	errBuild   = errors.New("libjpeg-turbo is not in this build")
	errColours = errors.New("colours are not Y'CbCr of 4:2:0, 4:2:2, 4:4:0 or 4:4:4, or grey")
)

// errSize is a picture of another size than its frame.
func errSize(width, height int) error { return fmt.Errorf("picture of %dx%d", width, height) }

// errLibrary is what libjpeg-turbo says of a picture.
func errLibrary(says string) error { return fmt.Errorf("jpeg: %s", says) }
