package ui

import (
	"context"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/signaling"
)

// Request is what a call is joined with.
type Request struct {
	Name, Room string
	Signaling  string // URL
	Key        string // of the invitation; empty: signals are not sealed
	Password   string // of the room; empty: none
	ICEServers []signaling.ICEServer
	// RelayOnly sends everything through relays; HideAddresses keeps our local addresses from the others.
	RelayOnly, HideAddresses bool
}

// Dialer joins a room, with no sound yet (see [Call.SetSpeaker]). It returns when the room has taken us in,
// or when ctx ends; its errors are those that ui/sentence can say.
type Dialer func(ctx context.Context, r Request) (Call, error)

// Call is a joined room. All methods are safe from any goroutine.
type Call interface {
	// Snapshot is the call of now: immutable, never nil.
	Snapshot() *conference.Snapshot
	// Subscribe gives events from now on until ctx or the call ends; then the channel is closed.
	Subscribe(ctx context.Context, topics ...string) <-chan conference.Event
	// Remote is the media of a participant, nil before its connection exists and after it ended. The same
	// connection gives an equal value each time.
	Remote(p conference.Participant) Remote
	// SetSpeaker moves the sound to a loudspeaker, named as in [Devices].
	SetSpeaker(spec string) error
	// SendChat sends text to one participant, or to all if to is empty; see [conference.Channel.SendChat].
	SendChat(ctx context.Context, to signaling.PeerID, text string) error
	// Leave says good-bye and frees what the call holds. Any number of times.
	Leave(ctx context.Context) error
}

// Remote is what one participant sends us.
type Remote interface {
	Surface(s conference.Slot) *media.Surface
	SetView(s conference.Slot, width, height int, visible bool) // pixels
	Volume() float64                                            // how loud we hear them: 1 is as they send, 0 silent
	SetVolume(gain float64)
}

// Media is what we send; a [conference.LocalMedia].
type Media interface {
	SetVideo(s conference.Slot, src capture.VideoSource) error
	SetAudio(s conference.Slot, src capture.AudioSource) error
	SetMuted(s conference.Slot, muted bool)
	Muted(s conference.Slot) bool
	Active(s conference.Slot) bool         // a source is set and not muted
	Open(s conference.Slot) bool           // a source is set
	SetProcessing(p conference.Processing) // of the microphone's sound
	Microphone() conference.MicrophoneState
	Level() float64
	Preview(s conference.Slot) *media.Surface
	SetPreview(s conference.Slot, width, height int)
	VideoSize(s conference.Slot) (width, height int) // pixels captured; 0 before the first picture
	Problems() <-chan error                          // what stopped by itself, and what was reported
	Report(problem error)                            // by a source that has helped itself; never waits
}

// Devices are the cameras, microphones, loudspeakers and screens of this machine. A spec is a device's ID,
// "" or "default", or what the command line knows besides, such as "test". All methods may take long
// and are called on no goroutine that draws.
type Devices interface {
	List(ctx context.Context) ([]capture.Device, error)
	OpenCamera(ctx context.Context, spec string, o capture.VideoOptions) (capture.VideoSource, error)
	OpenScreen(ctx context.Context, spec string, o capture.VideoOptions) (capture.VideoSource, error)
	OpenMicrophone(spec string) (capture.AudioSource, error)
	// PlayTestSound plays something by a loudspeaker and returns when it has died away.
	PlayTestSound(ctx context.Context, spec string) error
	// Changes and CameraChanges tell that the sound devices, or the cameras, are others than before, until
	// ctx ends; then they are closed.
	Changes(ctx context.Context) <-chan struct{}
	CameraChanges(ctx context.Context) <-chan struct{}
	// Problems tells what happens to sound devices by themselves, such as that one was unplugged.
	Problems() <-chan error
}
