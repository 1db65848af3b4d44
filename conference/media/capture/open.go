package capture

import (
	"context"
	"fmt"
	"strings"

	"confab/conference/media"
)

// What a spec may be beside a device's ID.
const (
	specNone    = "none"    // no source
	specDefault = "default" // the system's choice; so is ""
	specTest    = "test"    // a drawn source; "test:ana" has its own colour and Code.Source
	filePrefix  = "file:"   // a file, played in real time and looped
	testPrefix  = specTest + ":"
)

// OpenVideo opens a camera, or what stands in for one. spec is a camera's ID or its path, "default",
// "test" or "test:label" (see package pattern; the label of "test" is "test"), "file:clip.y4m" (at its own size and rate), or "none",
// which gives nil and no error. The error wraps ErrNotFound, ErrNoFile, ErrBusy, ErrDenied, ErrFormat or
// ErrUnsupported. ctx ends the opening, not the source.
func OpenVideo(ctx context.Context, spec string, o VideoOptions) (VideoSource, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if spec == specNone {
		return nil, nil
	}
	if label, ok := testLabel(spec, "test"); ok {
		return newTestCamera(label, o), nil
	}
	if path, ok := strings.CutPrefix(spec, filePrefix); ok {
		v, err := openVideoFile(path, o.Pool)
		if err != nil {
			return nil, err
		}
		return v, nil
	}
	return openCamera(spec, o)
}

// OpenScreen opens a screen, or what stands in for one. spec is a screen's ID, "default", "test" or
// "test:label" (the label of "test" is "screen"), or "none", which gives nil and no error. The error wraps ErrNotFound, ErrDenied or
// ErrUnsupported. ctx ends the opening, not the source.
func OpenScreen(ctx context.Context, spec string, o VideoOptions) (VideoSource, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if spec == specNone {
		return nil, nil
	}
	if label, ok := testLabel(spec, "screen"); ok {
		return newTestScreen(label, o), nil
	}
	return openScreen(spec, o)
}

// testLabel is the label in the spec of a test picture, plain if it has none.
func testLabel(spec, plain string) (string, bool) {
	if label, ok := strings.CutPrefix(spec, testPrefix); ok && label != "" {
		return label, true
	}
	return plain, spec == specTest
}

// check refuses what no source can give.
func (o VideoOptions) check() error {
	if o.Width < 0 || o.Height < 0 || o.Width > media.MaxDimension || o.Height > media.MaxDimension {
		return fmt.Errorf("capture: size %dx%d is not within %d", o.Width, o.Height, media.MaxDimension)
	}
	if (o.Width == 0) != (o.Height == 0) {
		return fmt.Errorf("capture: size %dx%d has one side only", o.Width, o.Height)
	}
	if !(o.FramesPerSecond >= 0 && o.FramesPerSecond <= 240) {
		return fmt.Errorf("capture: %v pictures per second are not within 240", o.FramesPerSecond)
	}
	return nil
}

// fill sets what was left at zero.
func (o *VideoOptions) fill(width, height int, framesPerSecond float64) {
	if o.Width == 0 {
		o.Width, o.Height = width, height
	}
	if o.FramesPerSecond == 0 {
		o.FramesPerSecond = framesPerSecond
	}
	if o.Pool == nil {
		o.Pool = new(media.Pool)
	}
}
