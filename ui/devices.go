package ui

import (
	"context"
	"errors"

	"confab/conference/media/audio"
	"confab/conference/media/capture"
)

// SystemDevices are the devices of this machine: cameras and screens of package capture, and the given
// sound devices, which stay their owner's.
func SystemDevices(sound *audio.Devices) Devices { return systemDevices{sound} }

// systemDevices gives the sound devices' own methods, and those of package capture beside them.
type systemDevices struct{ *audio.Devices }

// List asks all parts; what one cannot tell is missing, and the error says why.
func (d systemDevices) List(ctx context.Context) ([]capture.Device, error) {
	var all []capture.Device
	var errs []error
	for _, list := range []func() ([]capture.Device, error){capture.Cameras, d.Devices.List, capture.Screens} {
		if ctx.Err() != nil {
			break
		}
		found, err := list()
		all, errs = append(all, found...), append(errs, err)
	}
	return all, errors.Join(append(errs, ctx.Err())...)
}

// CameraChanges tells when cameras come and go.
func (systemDevices) CameraChanges(ctx context.Context) <-chan struct{} {
	return capture.CameraChanges(ctx)
}

// OpenCamera opens a camera, or what the command line knows besides.
func (systemDevices) OpenCamera(ctx context.Context, spec string, o capture.VideoOptions) (capture.VideoSource, error) {
	return capture.OpenVideo(ctx, spec, o)
}

// OpenScreen opens a screen, or what the command line knows besides.
func (systemDevices) OpenScreen(ctx context.Context, spec string, o capture.VideoOptions) (capture.VideoSource, error) {
	return capture.OpenScreen(ctx, spec, o)
}
