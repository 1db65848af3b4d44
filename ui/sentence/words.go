package sentence

import (
	"errors"
	"fmt"
	"time"
)

// Errors of the window itself.
var (
	ErrLeftOut   = errors.New("device is left out on the command line")
	ErrNoRoom    = errors.New("no room given")
	ErrNoServer  = errors.New("no signaling address given")
	ErrNoDisplay = errors.New("no display")
	ErrRoomOver  = errors.New("room was closed")
)

// Connecting says that a connection is made for the first time.
func Connecting(name string) string { return "Connecting to " + name }

// Reconnecting says that a path is under repair.
func Reconnecting(name string) string { return "Reconnecting to " + name }

// ScreenComing says that a screen is shared of which nothing has come yet.
const ScreenComing = "The shared screen is coming"

// Trying says for how long a repair has been going on.
func Trying(since time.Duration) string {
	return fmt.Sprintf("Trying again, %d s", int(since.Seconds()))
}

// Through says which server brings people together. It sees who is there; it does not see the call. No
// host: there is none.
func Through(host string) string {
	if host == "" {
		return "LAN, no server"
	}
	return "Connected through " + host
}

// ServerLost says that signaling is interrupted.
const ServerLost = "Server lost, the call goes on; reconnecting"

// Encrypted is what is known of every connection: its keys are the two ends' own (DTLS-SRTP), but nobody
// has checked who the other end is.
const Encrypted = "Encrypted"

// Verified is what is known of connections in a sealed call: who the other end is was proven by the invitation's
// key, which no server has.
const Verified = "Encrypted, verified"

// InvitationMade says what a new invitation in the lobby is for.
const InvitationMade = "This invitation is on the clipboard. Send it to those you want in the call: nobody else can listen, not even the server."

// InvitationCopied says what the invitation on the clipboard is good for.
func InvitationCopied(sealed bool) string {
	if sealed {
		return "The invitation is on the clipboard. Send it only to those you want here: it holds the key of this call."
	}
	return "The invitation is on the clipboard. Send it to those you want here."
}

// About says what Confab is.
const About = "Video calls from computer to computer. Pictures and sound go directly to the others in the room, " +
	"encrypted between the two ends; a server only brings people together."

// Alone says that nobody else is in the room.
const Alone = "Nobody else is here yet."

// NobodyReads says why a message was not sent.
const NobodyReads = "Nobody else is here yet to read it."

// Chat is the title of what was written, and You who we are there.
const (
	Chat = "Chat"
	You  = "You"
)

// MessageEveryone stands in the field for a message.
const MessageEveryone = "Message everyone"

// ChatHead says whose a message is and of when, such as 10:02.
func ChatHead(name, minute string) string { return name + " · " + minute }

// Wrote says what somebody wrote.
func Wrote(name, text string) string { return name + ": " + text }

// TellThem says what to tell others.
func TellThem(room string) string { return "Tell them the room name: " + room }

// SendThem says how others come into a sealed call.
const SendThem = "Send the invitation to those you want here."

// Left says why the call is over; nil: because we left.
func Left(err error) string {
	if err == nil {
		return "You left the room."
	}
	return "The call has ended. " + For(err)
}

// PeerLeft says that somebody is gone.
func PeerLeft(name string) string { return name + " left the room." }

// MutedSpeaking says that somebody speaks whom nobody can hear.
const MutedSpeaking = "You are muted, but speaking. Press M to be heard."

// NoSound says that a microphone is dead.
const NoSound = "No sound comes from your microphone. Check that it is switched on, or choose another one."

// Sharing says whose screen a tile shows.
func Sharing(name string) string { return name + " is sharing their screen" }
