package conference

import "confab/conference/media"

// Slot is one of the fixed media lines between two Confab clients, in their order in the session
// description. What flows in a slot changes; the slots do not.
type Slot = media.Slot

// The slots.
const (
	Microphone  = media.Microphone
	Camera      = media.Camera
	Screen      = media.Screen
	ScreenAudio = media.ScreenAudio
)
