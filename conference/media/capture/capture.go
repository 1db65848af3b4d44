// Package capture opens cameras, microphones, screens, files and test patterns.
//
// A source is opened when the user asks for it, never before, and closed by whoever opened it. It gives
// the newest picture or block of sound; what nobody reads in time is lost, not queued.
//
// Cameras are read through package v4l2 on Linux and pion/mediadevices' driver on Windows and macOS,
// screens through package x11. What stands in for them plays in real time: files of package y4m and
// package wav, which loop, and pictures of package pattern and a chirp ([NewChirp]), which a receiver on
// the same machine can measure. Microphones are package audio's. [OpenVideo] and [OpenScreen] say what
// may be opened.
package capture

import (
	"context"
	"errors"
	"fmt"
	"io"

	"confab/conference/media"
)

// Errors of sources, for callers that decide on them.
var (
	ErrBusy        = errors.New("device is in use by another program")
	ErrNotFound    = errors.New("device not found")
	ErrNoFile      = errors.New("file not found")
	ErrGone        = errors.New("device was unplugged")
	ErrStalled     = errors.New("camera gives no pictures")
	ErrDenied      = errors.New("permission denied")
	ErrUnsupported = errors.New("not supported on this system")
	ErrFormat      = errors.New("file format not understood")
)

// VideoSource gives pictures at the source's own pace.
type VideoSource interface {
	// Read waits for the next picture and gives the newest one; the caller releases it. It returns
	// io.EOF at the end, ErrGone when the device was unplugged, and ErrStalled when a camera gives nothing
	// any more however often it is started again. One goroutine reads.
	Read(ctx context.Context) (*media.VideoFrame, error)
	io.Closer // any number of times, from any goroutine; ends a Read that waits
}

// AudioSource gives sound in blocks of 10 ms.
type AudioSource interface {
	// Read waits for the next 10 ms. It returns io.EOF at the end and ErrGone when the device was
	// unplugged. One goroutine reads.
	Read(ctx context.Context) (media.AudioFrame, error)
	io.Closer // any number of times, from any goroutine; ends a Read that waits
}

// Measured is a source of sound that a receiver measures, such as [NewChirp]. It is sent as it is, past all
// that makes a microphone's sound better and would change it: no echo or noise is taken out of it, its
// loudness stays, and its silence is sent.
type Measured interface {
	AudioSource
	Measured()
}

// Kind is what a device captures or plays.
type Kind uint8

// The kinds of devices.
const (
	Camera Kind = iota + 1
	Microphone
	Speaker
	Screen
)

// String is the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Camera:
		return "camera"
	case Microphone:
		return "microphone"
	case Speaker:
		return "speaker"
	case Screen:
		return "screen"
	}
	return "unknown"
}

// Device is one camera, microphone, speaker or screen of this machine.
type Device struct {
	Kind    Kind
	ID      string // stable over restarts where the system allows; what Open takes
	Name    string // for people
	Default bool   // the system's choice
}

// VideoOptions say how a source of pictures is opened.
type VideoOptions struct {
	Width, Height   int     // pixels wanted; 0: 1280x720 (screens: native)
	FramesPerSecond float64 // 0: 30 (screens: 15)
	Pool            *media.Pool

	// Report, which may be nil, is told by a goroutine of the source what it has mended by itself: a
	// *RestartError. It must not wait.
	Report func(error)
}

// RestartError reports that a camera had stopped giving pictures, and gives them again after Confab has
// started it again. It unwraps to ErrStalled.
type RestartError struct {
	Camera string // as it was opened
}

func (e *RestartError) Error() string {
	return fmt.Sprintf("camera %q had stalled and was started again", e.Camera)
}

// Unwrap is ErrStalled.
func (e *RestartError) Unwrap() error { return ErrStalled }
