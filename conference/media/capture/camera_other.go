//go:build !linux && !(cgo && (windows || darwin))

package capture

import (
	"fmt"
	"time"
)

// Cameras lists the cameras; this build reads none.
func Cameras() ([]Device, error) {
	return nil, fmt.Errorf("list cameras: this build does not read cameras: %w", ErrUnsupported)
}

// cameraLookInterval is how often CameraChanges looks at what never changes.
const cameraLookInterval = time.Hour

func cameraList() string { return "" }

func openCamera(spec string, _ VideoOptions) (VideoSource, error) {
	return nil, fmt.Errorf("open camera %q: this build does not read cameras: %w", spec, ErrUnsupported)
}
