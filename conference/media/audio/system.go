package audio

import (
	"errors"
	"fmt"

	"confab/conference/media/capture"
)

// ErrNoDevice says that this machine has no sound device of the kind asked for, or that no sound system
// runs or answers.
var ErrNoDevice = errors.New("no sound device")

// system is a connection to the sound system of this machine. Only one goroutine, its owner, uses it,
// for its calls may take long, or for ever when the daemon behind them hangs.
type system interface {
	// list gives the microphones and speakers, monitors of speakers left out.
	list() ([]capture.Device, error)
	// open starts a device, the system's choice if id is empty, at its own rate and number of channels.
	open(kind capture.Kind, id string) (stream, error)
	close()
}

// stream is a device that runs.
type stream interface {
	cable() *cable     // what its callback records into or plays from
	callbacks() uint64 // how many there were; the only sign of life
	close()            // after it has returned there is no callback any more
}

// SwitchError reports that an open microphone or speaker has moved to another device by itself. It
// unwraps to capture.ErrGone after an unplugging, to ErrNoDevice when nothing is left to move to, and
// to nothing when the device of one's choice came back.
type SwitchError struct {
	Kind     capture.Kind
	From, To string // names for people; To is empty if nothing is left, From if nothing was
	Cause    error
}

func (e *SwitchError) Error() string {
	switch {
	case e.To == "":
		return fmt.Sprintf("%s %q is gone and there is no other", e.Kind, e.From)
	case e.Cause == nil:
		return fmt.Sprintf("%s %q is back", e.Kind, e.To)
	}
	return fmt.Sprintf("%s %q was unplugged, using %q", e.Kind, e.From, e.To)
}

func (e *SwitchError) Unwrap() error { return e.Cause }
