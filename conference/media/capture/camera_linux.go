package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"confab/conference/media"
	"confab/conference/media/capture/v4l2"
)

// Cameras lists the cameras. Their nodes are opened for a moment to see what they are, which lights no
// lamp.
func Cameras() ([]Device, error) {
	infos, err := v4l2.List()
	if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	return cameraDevices(infos), nil
}

// cameraLookInterval is how often CameraChanges looks.
const cameraLookInterval = time.Second

// cameraList is a text that changes with the list of cameras.
func cameraList() string { return v4l2.Nodes() }

// cameraDevices gives every camera an ID of where it is plugged in and its name, which stay when nodes
// are numbered anew. Of several alike the second has "#2" added.
func cameraDevices(infos []v4l2.Info) []Device {
	devices := make([]Device, len(infos))
	seen := map[string]int{}
	for i, info := range infos {
		id := info.Bus + "/" + info.Name
		if info.Bus == "" { // it may not be opened, so this is only to have a name for it
			id = info.Path
		}
		if seen[id]++; seen[id] > 1 {
			id = fmt.Sprintf("%s#%d", id, seen[id])
		}
		devices[i] = Device{Kind: Camera, ID: id, Name: info.Name, Default: i == 0}
	}
	return devices
}

// findCamera gives the node and the ID of a camera by its ID, path or name, or of the first one.
func findCamera(spec string) (path, id string, err error) {
	infos, err := v4l2.List()
	if err != nil {
		return "", "", err
	}
	i := pickCamera(infos, spec)
	switch {
	case i >= 0:
		return infos[i].Path, cameraDevices(infos)[i].ID, nil
	case strings.HasPrefix(spec, "/dev/"): // not listed, for a reason that opening it tells
		return spec, spec, nil
	}
	return "", "", ErrNotFound
}

// pickCamera is the index of the camera that spec says; -1 if there is none. What says an ID exactly goes
// before what says a name.
func pickCamera(infos []v4l2.Info, spec string) int {
	if (spec == "" || spec == specDefault) && len(infos) > 0 {
		return 0
	}
	devices := cameraDevices(infos)
	for _, says := range []func(i int) bool{
		func(i int) bool { return devices[i].ID == spec || infos[i].Path == spec },
		func(i int) bool { return devices[i].Name == spec },
	} {
		for i := range infos {
			if says(i) {
				return i
			}
		}
	}
	return -1
}

func openCamera(spec string, o VideoOptions) (VideoSource, error) {
	o.fill(1280, 720, 30)
	path, id, err := findCamera(spec)
	if err != nil {
		return nil, fmt.Errorf("open camera %q: %w", spec, err)
	}
	stream, err := startCamera(path, o)
	if err != nil {
		return nil, fmt.Errorf("open camera %q: %w", spec, cameraError(err, ErrNotFound))
	}
	again := func() (cameraStream, error) { // the same one, even if it is another node now
		path, _, err := findCamera(id)
		if err != nil {
			return nil, err
		}
		stream, err := startCamera(path, o)
		if err != nil {
			return nil, cameraError(err, ErrNotFound)
		}
		return stream, nil
	}
	return newCamera(id, stream, again, o.Report), nil
}

// cameraFormats are the drivers' formats that can be converted.
var cameraFormats = map[v4l2.PixelFormat]pixels{
	v4l2.I420: pixelsI420, v4l2.NV12: pixelsNV12, v4l2.YUYV: pixelsYUYV,
	v4l2.MJPEG: pixelsMJPEG, v4l2.JPEG: pixelsMJPEG,
}

// v4l2Stream is a cameraStream of Linux.
type v4l2Stream struct {
	device *v4l2.Device
	*converter
}

// startCamera opens a node and starts it in the mode that suits best.
func startCamera(path string, o VideoOptions) (*v4l2Stream, error) {
	device, err := v4l2.Open(path)
	if err != nil {
		return nil, err
	}
	mode, err := startDevice(device, o)
	if err != nil {
		device.Close()
		return nil, err
	}
	return &v4l2Stream{device: device, converter: newConverter(o.Pool, mode)}, nil
}

func startDevice(device *v4l2.Device, o VideoOptions) (cameraMode, error) {
	offered := device.Modes(o.Width, o.Height, o.FramesPerSecond)
	modes := make([]cameraMode, len(offered))
	for i, m := range offered {
		modes[i] = cameraModeOf(m)
		modes[i].index = i
	}
	wanted, ok := chooseMode(modes, o)
	if !ok {
		return cameraMode{}, fmt.Errorf("no picture format of this camera can be read: %w", ErrUnsupported)
	}
	got, err := device.Start(offered[wanted.index])
	if err != nil {
		return cameraMode{}, err
	}
	mode := cameraModeOf(got)
	if !mode.usable() {
		return cameraMode{}, fmt.Errorf("camera chose %v of %dx%d: %w", got.Format, got.Width, got.Height, ErrUnsupported)
	}
	return mode, nil
}

func cameraModeOf(m v4l2.Mode) cameraMode {
	return cameraMode{
		pixels: cameraFormats[m.Format], width: m.Width, height: m.Height,
		framesPerSecond: m.FramesPerSecond, stride: m.Stride,
	}
}

// Next implements cameraStream.
func (s *v4l2Stream) Next() (*media.VideoFrame, error) {
	raw, err := s.device.Next()
	captured := time.Now()
	switch {
	case v4l2.Damaged(err):
		return nil, fmt.Errorf("%w: %w", errBadPicture, err)
	case err != nil:
		return nil, cameraError(err, ErrGone)
	}
	f, err := s.convert(raw)
	if err != nil {
		return nil, err
	}
	f.Captured = captured
	return f, nil
}

// Interrupt implements cameraStream.
func (s *v4l2Stream) Interrupt() { s.device.Interrupt() }

// Close implements cameraStream.
func (s *v4l2Stream) Close() error {
	s.close()
	return s.device.Close()
}

// cameraError says in our words what the kernel says in its own; absent is what a camera is that does
// not exist.
func cameraError(err, absent error) error {
	switch {
	case errors.Is(err, os.ErrClosed):
		return io.EOF
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTTY):
		return fmt.Errorf("%w: %w", absent, err)
	}
	return err
}
