package sentence

import (
	"errors"

	"confab/conference/media/audio"
	"confab/conference/media/capture"
)

// deviceError is an error of a device of a kind.
type deviceError struct {
	kind capture.Kind
	err  error
}

func (e *deviceError) Error() string { return e.kind.String() + ": " + e.err.Error() }
func (e *deviceError) Unwrap() error { return e.err }

// OfDevice notes in err which kind of device it is about, for whoever says it in words; nil stays nil.
func OfDevice(kind capture.Kind, err error) error {
	if err == nil {
		return nil
	}
	return &deviceError{kind, err}
}

// switched says that a sound device was exchanged for another by itself; false for other errors.
func switched(err error) (string, bool) {
	var s *audio.SwitchError
	if !errors.As(err, &s) {
		return "", false
	}
	device := deviceName(s.Kind)
	switch {
	case s.To == "":
		return fill("{Device} was unplugged, and there is no other. Plug one in.", device, ""), true
	case s.From == "" || s.Cause == nil:
		return fill("{Device} is back: ", device, "") + s.To + ".", true
	}
	return fill("{Device} was unplugged. Confab uses another one now: ", device, "") + s.To + ".", true
}
