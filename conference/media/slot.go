package media

import "fmt"

// Slot is one of the fixed media lines between two Confab clients, in their order in the session
// description. What flows in a slot changes; the slots do not.
type Slot uint8

// The slots.
const (
	Microphone Slot = iota + 1
	Camera
	Screen
	ScreenAudio
)

// Slots are all slots in the order of their media lines.
func Slots() []Slot { return []Slot{Microphone, Camera, Screen, ScreenAudio} }

// String is the slot's name in the native protocol: mic, camera, screen or screen-audio.
func (s Slot) String() string {
	switch s {
	case Microphone:
		return "mic"
	case Camera:
		return "camera"
	case Screen:
		return "screen"
	case ScreenAudio:
		return "screen-audio"
	}
	return fmt.Sprintf("Slot(%d)", uint8(s))
}

// ParseSlot is the slot of a name; false for an unknown one.
func ParseSlot(name string) (Slot, bool) {
	for _, s := range Slots() {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

// Video tells whether the slot carries pictures; the others carry sound.
func (s Slot) Video() bool { return s == Camera || s == Screen }
