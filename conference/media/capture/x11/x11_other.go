//go:build !linux || !cgo

package x11

import (
	"errors"
	"fmt"
)

var errBuild = fmt.Errorf("this build does not capture X11 screens: %w", errors.ErrUnsupported)

// Grabber grabs one monitor; not in this build.
type Grabber struct{}

// Monitors lists the monitors of the X server; not in this build.
func Monitors() ([]Monitor, error) { return nil, errBuild }

// Open connects to the X server; not in this build.
func Open(string) (*Grabber, error) { return nil, errBuild }

// Grab takes a picture; not in this build.
func (*Grabber) Grab() (Picture, error) { return Picture{}, errBuild }

// Monitor is what is being grabbed.
func (*Grabber) Monitor() Monitor { return Monitor{} }

// Close ends the connection.
func (*Grabber) Close() error { return nil }
