//go:build cgo && (windows || darwin)

package capture

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/availability"
	drivers "github.com/pion/mediadevices/pkg/driver/camera"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"

	"confab/conference/media"
)

// On Windows (DirectShow) and macOS (AVFoundation) cameras are read by pion/mediadevices' driver, and
// nothing else of that module. Its init function asks the system for the names of cameras there, which
// opens none. On Linux it opens all of them, so package v4l2 does that work.

// driverMu keeps the driver's list whole while it is read anew.
var driverMu sync.Mutex

// listDrivers asks the system again which cameras there are. The driver adds to its list only, so what
// was in it is taken out first; a camera that runs keeps running.
func listDrivers() []driver.Driver {
	driverMu.Lock()
	defer driverMu.Unlock()
	manager := driver.GetManager()
	for _, d := range manager.Query(driver.FilterVideoRecorder()) {
		manager.Delete(d.ID())
	}
	drivers.Initialize()
	return sortedDrivers(manager.Query(driver.FilterVideoRecorder()))
}

// Cameras lists the cameras. None is opened.
func Cameras() ([]Device, error) {
	found := listDrivers()
	devices := make([]Device, len(found))
	for i, d := range found {
		devices[i] = Device{Kind: Camera, ID: d.Info().Label, Name: driverName(d), Default: i == 0}
	}
	return devices, nil
}

// cameraLookInterval is how often CameraChanges looks: here a list takes some milliseconds.
const cameraLookInterval = 5 * time.Second

// cameraList is a text that changes with the list of cameras.
func cameraList() string {
	devices, err := Cameras()
	return fmt.Sprint(devices, err)
}

func openCamera(spec string, o VideoOptions) (VideoSource, error) {
	o.fill(1280, 720, 30)
	label, stream, err := openDriver(spec, o)
	if err != nil {
		return nil, fmt.Errorf("open camera %q: %w", spec, err)
	}
	again := func() (cameraStream, error) { // the same one
		_, stream, err := openDriver(label, o)
		return stream, err
	}
	return newCamera(label, stream, again, o.Report), nil
}

// openDriver starts the camera that spec says and gives its label.
func openDriver(spec string, o VideoOptions) (label string, _ cameraStream, err error) {
	d := pickDriver(listDrivers(), spec)
	if d == nil {
		return "", nil, ErrNotFound
	}
	stream, err := startDriver(d, o)
	if err != nil {
		return "", nil, driverError(err)
	}
	return d.Info().Label, stream, nil
}

// sortedDrivers puts cameras into an order that does not change from one list to the next.
func sortedDrivers(found []driver.Driver) []driver.Driver {
	slices.SortFunc(found, func(a, b driver.Driver) int { return cmp.Compare(a.Info().Label, b.Info().Label) })
	return found
}

// driverName is a camera's name for people.
func driverName(d driver.Driver) string { return cmp.Or(d.Info().Name, d.Info().Label) }

// pickDriver is the camera of an ID or name, or the first; nil if there is none.
func pickDriver(found []driver.Driver, spec string) driver.Driver {
	for _, d := range found {
		if spec == "" || spec == specDefault || spec == d.Info().Label || spec == driverName(d) {
			return d
		}
	}
	return nil
}

// sameLevels leaves levels as they are: what these systems give has the limited range already.
var sameLevels = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	return t
}()

// driverStream is a cameraStream of the driver's.
type driverStream struct {
	driver driver.Driver
	reader video.Reader
	mode   cameraMode
	pool   *media.Pool
	close  sync.Once
}

func startDriver(d driver.Driver, o VideoOptions) (*driverStream, error) {
	if err := d.Open(); err != nil {
		return nil, err
	}
	offered := d.Properties()
	modes := make([]cameraMode, len(offered))
	for i, p := range offered {
		modes[i] = cameraMode{
			pixels: driverPixels(p.FrameFormat), width: p.Width, height: p.Height,
			framesPerSecond: float64(p.FrameRate), index: i,
		}
	}
	mode, ok := chooseMode(modes, o)
	recorder, records := d.(driver.VideoRecorder)
	if !ok || !records {
		d.Close()
		return nil, fmt.Errorf("no picture format of this camera can be read: %w", ErrUnsupported)
	}
	reader, err := recorder.VideoRecord(offered[mode.index])
	if err != nil {
		return nil, err // it has closed the device
	}
	return &driverStream{driver: d, reader: reader, mode: mode, pool: o.Pool}, nil
}

// driverPixels is a format in the order of our liking; 0: it cannot be converted. The driver decodes
// all of them, so this is for choosing only.
func driverPixels(f frame.Format) pixels {
	switch f {
	case frame.FormatI420:
		return pixelsI420
	case frame.FormatNV12, frame.FormatNV21:
		return pixelsNV12
	case frame.FormatYUYV, frame.FormatYUY2, frame.FormatUYVY:
		return pixelsYUYV
	}
	return 0
}

// Next implements cameraStream.
func (s *driverStream) Next() (*media.VideoFrame, error) {
	img, release, err := s.reader.Read()
	captured := time.Now()
	if err != nil {
		return nil, driverError(err)
	}
	defer release()
	picture, ok := img.(*image.YCbCr)
	if !ok {
		return nil, fmt.Errorf("%w: colours of type %T", errBadPicture, img)
	}
	f := s.pool.Frame(s.mode.width&^1, s.mode.height&^1)
	if err := fromYCbCr(f, picture, &sameLevels, &sameLevels); err != nil {
		f.Release()
		return nil, fmt.Errorf("%w: %w", errBadPicture, err)
	}
	f.Captured = captured
	return f, nil
}

// Interrupt implements cameraStream. The driver has one way to end a Read, which is to close.
func (s *driverStream) Interrupt() { s.Close() }

// Close implements cameraStream.
func (s *driverStream) Close() (err error) {
	s.close.Do(func() { err = s.driver.Close() })
	return err
}

// driverError says in our words what the driver says in its own.
func driverError(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w", ErrGone, err)
	case errors.Is(err, availability.ErrBusy):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case errors.Is(err, availability.ErrNoDevice):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}
