package x11

/*
// libX11 is there wherever there is a desktop; the small libraries beside it are linked in.
#cgo !dynamic LDFLAGS: -l:libXrandr.a -l:libXrender.a -l:libXfixes.a -l:libXext.a -lX11
#cgo dynamic LDFLAGS: -lXrandr -lXrender -lXfixes -lXext -lX11
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// maxMonitors bounds the list; more are left out.
const maxMonitors = 32

// attempts is how often a picture is tried for while monitors change under it.
const attempts = 5

// Grabber grabs one monitor. It is used on one OS thread (Xlib tells errors to the thread that asked),
// and closed there.
type Grabber struct {
	c       *C.grabber // in C memory: Xlib keeps its address
	monitor Monitor
	name    string // asked for; "": whichever is primary
}

// Monitors lists the monitors of the X server that DISPLAY names. The error wraps ErrUnsupported if
// there is none.
func Monitors() ([]Monitor, error) {
	g, err := connect()
	if err != nil {
		return nil, err
	}
	defer g.Close()
	return g.monitors()
}

// Open connects to the X server that DISPLAY names, to grab the monitor of the given name; "" is the
// primary one. Its caller locks the OS thread. The error wraps ErrUnsupported or ErrNotExist.
func Open(name string) (*Grabber, error) {
	g, err := connect()
	if err != nil {
		return nil, err
	}
	g.name = name
	if err := g.attach(); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func connect() (*Grabber, error) {
	g := &Grabber{c: (*C.grabber)(C.calloc(1, C.sizeof_grabber))}
	if err := openError(C.open_grabber(g.c)); err != nil {
		g.Close()
		return nil, err
	}
	if C.is_xwayland(g.c) != 0 {
		g.Close()
		return nil, errWayland
	}
	return g, nil
}

// openError is what an OPEN_ code means.
func openError(code C.int) error {
	switch code {
	case C.OPEN_OK:
		return nil
	case C.OPEN_NO_DISPLAY:
		return errNoDisplay
	case C.OPEN_NO_SHM:
		return errShared
	case C.OPEN_DEPTH:
		return errDepth
	}
	return fmt.Errorf("x11: code %d", code)
}

func (g *Grabber) monitors() ([]Monitor, error) {
	var list [maxMonitors]C.monitor
	n := C.list_monitors(g.c, &list[0], maxMonitors)
	if n < 0 {
		return nil, errLost
	}
	monitors := make([]Monitor, 0, n)
	for _, m := range list[:n] {
		name := C.GoString(&m.name[0])
		if strings.HasPrefix(name, "XWAYLAND") { // what servers before 23.1 call them
			return nil, errWayland
		}
		monitors = append(monitors, Monitor{
			Name: name, X: int(m.x), Y: int(m.y), Width: int(m.width), Height: int(m.height), Primary: m.primary != 0,
		})
	}
	return monitors, nil
}

// attach finds the monitor and makes the memory for its picture.
func (g *Grabber) attach() error {
	monitors, err := g.monitors()
	if err != nil {
		return err
	}
	m, err := pick(monitors, g.name)
	if err != nil {
		return err
	}
	if m.Width < 1 || m.Height < 1 {
		return errMonitor
	}
	if err := openError(C.attach(g.c, C.int(m.X), C.int(m.Y), C.int(m.Width), C.int(m.Height))); err != nil {
		if g.c.lost != 0 {
			return errLost
		}
		return err
	}
	g.monitor = m
	return nil
}

// Grab takes a picture. Its size changes when the monitor's does. The error wraps ErrNotExist when the
// monitor or the server is gone.
func (g *Grabber) Grab() (Picture, error) {
	if g.c == nil {
		return Picture{}, errLost
	}
	for range attempts {
		if g.c.image == nil { // a change found no memory: try again
			if err := g.attach(); err != nil {
				return Picture{}, err
			}
		}
		switch C.grab(g.c) {
		case C.GRAB_OK:
			return g.picture(), nil
		case C.GRAB_LOST:
			return Picture{}, errLost
		}
		// Monitors changed; a failed grab is one that saw the new screen before the news of it.
		if err := g.attach(); err != nil {
			return Picture{}, err
		}
	}
	return Picture{}, errors.New("x11: screen cannot be read")
}

func (g *Grabber) picture() Picture {
	stride, height := int(g.c.image.bytes_per_line), int(g.c.image.height)
	return Picture{
		Pix:    unsafe.Slice((*byte)(unsafe.Pointer(g.c.image.data)), stride*height),
		Stride: stride, Width: int(g.c.image.width), Height: height,
	}
}

// Monitor is what is being grabbed.
func (g *Grabber) Monitor() Monitor { return g.monitor }

// Close ends the connection. Pictures are gone with it.
func (g *Grabber) Close() error {
	if g.c != nil {
		C.close_grabber(g.c)
		C.free(unsafe.Pointer(g.c))
		g.c = nil
	}
	return nil
}
