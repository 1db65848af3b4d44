package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"confab/conference/media/capture/v4l2"
)

func TestCamerasAreNamedAfterWhereTheyArePluggedIn(t *testing.T) {
	got := cameraDevices([]v4l2.Info{
		{Path: "/dev/video0", Name: "HD Webcam", Bus: "usb-0000:00:14.0-1"},
		{Path: "/dev/video2", Name: "HD Webcam", Bus: "usb-0000:00:14.0-1"}, // its infrared eye
		{Path: "/dev/video4", Name: "HD Webcam", Bus: "usb-0000:00:14.0-2"},
		{Path: "/dev/video6", Name: "Locked"},
	})
	want := []Device{
		{Kind: Camera, ID: "usb-0000:00:14.0-1/HD Webcam", Name: "HD Webcam", Default: true},
		{Kind: Camera, ID: "usb-0000:00:14.0-1/HD Webcam#2", Name: "HD Webcam"},
		{Kind: Camera, ID: "usb-0000:00:14.0-2/HD Webcam", Name: "HD Webcam"},
		{Kind: Camera, ID: "/dev/video6", Name: "Locked"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestACameraIsFoundAgainWhereverItsNodeIs(t *testing.T) {
	built, usb := v4l2.Info{Path: "/dev/video0", Name: "Built-in", Bus: "usb-1"}, v4l2.Info{Path: "/dev/video2", Name: "HD Webcam", Bus: "usb-2"}
	twin := v4l2.Info{Path: "/dev/video4", Name: "HD Webcam", Bus: "usb-3"}
	again := usb // plugged in again, or listed after a restart
	again.Path = "/dev/video9"
	for name, test := range map[string]struct {
		spec  string
		infos []v4l2.Info
		want  int
	}{
		"by ID":                         {"usb-2/HD Webcam", []v4l2.Info{built, usb}, 1},
		"by ID, as another node":        {"usb-2/HD Webcam", []v4l2.Info{built, twin, again}, 2},
		"by ID, while it is away":       {"usb-2/HD Webcam", []v4l2.Info{built}, -1},
		"by ID, never its twin":         {"usb-2/HD Webcam", []v4l2.Info{built, twin}, -1},
		"by name":                       {"HD Webcam", []v4l2.Info{built, twin, usb}, 1},
		"by path":                       {"/dev/video2", []v4l2.Info{built, usb}, 1},
		"by a path that is not listed":  {"/dev/video7", []v4l2.Info{built, usb}, -1},
		"the first":                     {"", []v4l2.Info{built, usb}, 0},
		"the default":                   {"default", []v4l2.Info{usb, built}, 0},
		"the first of none":             {"", nil, -1},
		"a name that is part of others": {"HD", []v4l2.Info{built, usb}, -1},
	} {
		if got := pickCamera(test.infos, test.spec); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestErrorsOfTheKernelAreSaidInOurWords(t *testing.T) {
	for _, test := range []struct{ err, absent, want error }{
		{unix.EBUSY, ErrNotFound, ErrBusy},
		{unix.EACCES, ErrNotFound, ErrDenied},
		{unix.EPERM, ErrNotFound, ErrDenied},
		{unix.ENOENT, ErrNotFound, ErrNotFound},
		{unix.ENODEV, ErrNotFound, ErrNotFound},
		{unix.ENODEV, ErrGone, ErrGone},
		{os.ErrClosed, ErrGone, io.EOF},
		{io.ErrUnexpectedEOF, ErrGone, io.ErrUnexpectedEOF},
	} {
		err := cameraError(fmt.Errorf("dequeue buffer: %w", test.err), test.absent)
		if !errors.Is(err, test.want) {
			t.Errorf("%v became %v, want %v", test.err, err, test.want)
		}
	}
}

func TestCameraThatIsNotThereIsNotFound(t *testing.T) {
	for _, spec := range []string{"/dev/video4711", "usb-1/nobody's", "/dev/null", "test:"} {
		src, err := OpenVideo(t.Context(), spec, VideoOptions{})
		if src != nil || !errors.Is(err, ErrNotFound) {
			t.Errorf("OpenVideo(%q) = %v, %v, want ErrNotFound", spec, src, err)
		}
	}
}
