// Package x11 grabs the pictures of monitors from an X server, the pointer included.
//
// A [Grabber] has its own connection to the server that DISPLAY names when it is opened, and a piece of
// memory shared with the server (MIT-SHM) into which the server copies one monitor (RandR 1.5). The
// pointer, which is no part of that picture, is asked for (XFixes) and drawn over it. When monitors
// change, the grabber finds its own again by name. One picture of 1280x720 costs a third of a
// millisecond, the server's share included.
//
// What can go wrong is told by the standard library's errors: [errors.ErrUnsupported] when there is no
// server, or none that shows what it is asked for; [io/fs.ErrNotExist] when there is no such monitor, or
// no longer, or the server has gone.
package x11

import (
	"errors"
	"fmt"
	"io/fs"
)

// Monitor is one monitor of the X server.
type Monitor struct {
	Name                string // as RandR has it, such as "HDMI-1"
	X, Y, Width, Height int    // in pixels of the X screen
	Primary             bool   // the user's choice, or the only one
}

// Picture is a monitor's picture, four bytes a pixel in the order blue, green, red and one that means
// nothing. Its memory is the grabber's and holds until the next call.
type Picture struct {
	Pix           []byte
	Stride        int // bytes a row
	Width, Height int // pixels
}

// The ways in which an X server cannot be used. They are wrapped with details where there are any.
var (
	errNoDisplay = fmt.Errorf("no X server: DISPLAY is not set or nobody answers there: %w", errors.ErrUnsupported)
	errWayland   = fmt.Errorf("a Wayland desktop does not show its screen to X11 programs: %w", errors.ErrUnsupported)
	errShared    = fmt.Errorf("the X server shares no memory with this program (is it on another machine?): %w", errors.ErrUnsupported)
	errDepth     = fmt.Errorf("the X server does not use 32 bits a pixel: %w", errors.ErrUnsupported)
	errLost      = fmt.Errorf("connection to the X server is lost: %w", fs.ErrNotExist)
	errMonitor   = fmt.Errorf("no such monitor: %w", fs.ErrNotExist)
)

// pick is the monitor of a name, or for "" the primary one, else the first.
func pick(monitors []Monitor, name string) (Monitor, error) {
	for _, m := range monitors {
		if m.Name == name || name == "" && m.Primary {
			return m, nil
		}
	}
	if name == "" && len(monitors) > 0 {
		return monitors[0], nil
	}
	return Monitor{}, errMonitor
}
