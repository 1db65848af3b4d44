package sentence

import (
	"errors"

	"confab/conference/media/audio"
)

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
