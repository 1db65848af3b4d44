//go:build !linux && !(cgo && (windows || darwin))

package capture

import "fmt"

// Cameras lists the cameras; this build reads none.
func Cameras() ([]Device, error) {
	return nil, fmt.Errorf("list cameras: this build does not read cameras: %w", ErrUnsupported)
}

func openCamera(spec string, _ VideoOptions) (VideoSource, error) {
	return nil, fmt.Errorf("open camera %q: this build does not read cameras: %w", spec, ErrUnsupported)
}
