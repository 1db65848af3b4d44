package conference

import (
	"errors"
	"fmt"
	"strings"

	"confab/conference/mesh"
)

// Errors that callers decide on.
var (
	ErrOpened     = errors.New("connection was opened before") // Open can only be called once
	ErrClosed     = mesh.ErrClosed
	ErrLeft       = errors.New("channel was left")
	ErrNoName     = errors.New("name is empty")
	ErrNoClient   = errors.New("no such client in the channel")
	ErrNotReached = errors.New("message did not reach everybody")
	ErrFlooded    = errors.New("a client sends more messages than anybody needs")
	ErrStuck      = errors.New("connection did not close in time")
	ErrSourceEnds = errors.New("source of the camera, microphone or screen ended")

	// ErrNotEstablished: no answer, or no path, within 30 s.
	ErrNotEstablished = mesh.ErrNotEstablished
	// ErrPathLost: an established path was lost and did not come back.
	ErrPathLost = mesh.ErrPathLost
)

// NotReachedError says whom a message did not reach. It is an ErrNotReached.
type NotReachedError struct {
	Names []string // none: nobody is there
	Cause error    // of all, joined
}

// Error implements error.
func (e *NotReachedError) Error() string {
	if len(e.Names) == 0 {
		return ErrNotReached.Error() + ": nobody is there"
	}
	return fmt.Sprintf("%v: %s: %v", ErrNotReached, strings.Join(e.Names, ", "), e.Cause)
}

// Unwrap gives ErrNotReached and the cause.
func (e *NotReachedError) Unwrap() []error { return []error{ErrNotReached, e.Cause} }
