package conference

import (
	"strings"
	"time"
)

// Event is what happened in a channel: RemoteClientJoin, RemoteClientUpdate, RemoteClientLeave,
// StateChange, TrackStarted, ChatMessage, MutedSpeaking, NoSound, Problem, Missed or Changed.
type Event interface {
	// Topic is a group and what happened, such as "connection:connected".
	Topic() string
}

// RemoteClientJoin says that somebody came after us. Those present when we joined are in the first Snapshot.
type RemoteClientJoin struct{ Client RemoteClient }

// RemoteClientUpdate says that a client changed its name or what it sends.
type RemoteClientUpdate struct{ Old, New RemoteClient }

// RemoteClientLeave says that a client is gone. Its connection was closed before.
type RemoteClientLeave struct {
	Client RemoteClient
	Reason string // leave, lost, kicked or replaced
}

// StateChange says that a connection was made (From is 0), changed its state, or its path's repair began or ended
// (then From and To are both Connected).
type StateChange struct {
	Client       RemoteClient
	Connection   *PeerConnection
	From, To     ConnectionState
	Reconnecting bool
	Err          error // why, when To is failing or failed
}

// TrackStarted says that the first packet of a slot arrived.
type TrackStarted struct {
	Client RemoteClient
	Slot   Slot
}

// StreamChange says that a remote client's media came (with its connection, before any packet) or went.
type StreamChange struct {
	Client RemoteClient
	Media  *RemoteMedia
	Added  bool
}

// ChatMessage is what a client wrote to us: text as data.CleanChat gives it.
type ChatMessage struct {
	Client RemoteClient
	Text   string
	At     time.Time // of its arrival
}

// SignalingChange says that signaling was interrupted (Err says why) or is back (nil).
type SignalingChange struct{ Err error }

// MutedSpeaking says that we speak, but are muted. It comes once a minute at most; Snapshot.Microphone tells
// for how long it holds.
type MutedSpeaking struct{}

// NoSound says that the microphone gives nothing at all: it is switched off, or the wrong one.
// Snapshot.Microphone tells for how long.
type NoSound struct{}

// Problem says that something does not work, and the call goes on without it.
type Problem struct{ Err error }

// Left says that the channel is over. It is the last event.
type Left struct{ Err error }

// Missed says that the reader was so slow that Count events before this one were lost.
type Missed struct{ Count int }

// Changed says that a newer Snapshot exists. At most one of these waits for a reader.
type Changed struct{}

// Topic is "channel:join".
func (RemoteClientJoin) Topic() string { return "channel:join" }

// Topic is "channel:update".
func (RemoteClientUpdate) Topic() string { return "channel:update" }

// Topic is "channel:leave".
func (RemoteClientLeave) Topic() string { return "channel:leave" }

// Topic is "channel:signaling".
func (SignalingChange) Topic() string { return "channel:signaling" }

// Topic is "channel:left".
func (Left) Topic() string { return "channel:left" }

// Topic is "channel:changed".
func (Changed) Topic() string { return "channel:changed" }

// Topic is "channel:missed".
func (Missed) Topic() string { return "channel:missed" }

// Topic is "connection:" and the new state, or "connection:reconnecting".
func (e StateChange) Topic() string {
	if e.Reconnecting {
		return "connection:reconnecting"
	}
	return "connection:" + e.To.String()
}

// Topic is "stream:added" or "stream:removed".
func (e StreamChange) Topic() string {
	if e.Added {
		return "stream:added"
	}
	return "stream:removed"
}

// Topic is "track:" and the slot's name.
func (e TrackStarted) Topic() string { return "track:" + e.Slot.String() }

// Topic is "chat:message".
func (ChatMessage) Topic() string { return "chat:message" }

// Topic is "microphone:muted-speaking".
func (MutedSpeaking) Topic() string { return "microphone:muted-speaking" }

// Topic is "microphone:no-sound".
func (NoSound) Topic() string { return "microphone:no-sound" }

// Topic is "error".
func (Problem) Topic() string { return "error" }

// wanted tells whether an event of this topic is for a subscriber to topics: a whole topic, its group
// (what stands before the colon), or, with none given, everything.
func wanted(topics []string, topic string) bool {
	if len(topics) == 0 {
		return true
	}
	group, _, _ := strings.Cut(topic, ":")
	for _, t := range topics {
		if t == topic || t == group {
			return true
		}
	}
	return false
}
