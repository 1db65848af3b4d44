package conference

import (
	"errors"

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
