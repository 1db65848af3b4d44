package conference

import (
	"time"

	"confab/conference/signaling"
)

// RemoteClient is somebody else in the channel.
type RemoteClient struct {
	ID       signaling.PeerID
	Name     string
	Metadata signaling.Metadata
}

// Snapshot is the whole state of a channel at one moment, for whoever shows it. It is immutable.
type Snapshot struct {
	Room         string
	Self         RemoteClient // ourselves, as the others know us
	Joined       time.Time
	Microphone   MicrophoneState
	Participants []Participant // in the order in which they joined
	// MainSpeaker is who of them has the floor: it passes on after some tenths of a second, and not for a
	// cough or a short yes. Empty until somebody has spoken.
	MainSpeaker signaling.PeerID
	// SignalingErr is why signaling is interrupted, nil while it works. Connections live on without it.
	SignalingErr error
	// Left: the channel is over; LeftErr is why if we did not leave by ourselves.
	Left    bool
	LeftErr error
}

// Participant is a remote client with our connection to it.
type Participant struct {
	RemoteClient
	Away         bool            // its signaling path is lost; the connection may live
	State        ConnectionState // of the newest connection
	Reconnecting bool            // the path is under repair; the view stays
	Since        time.Time       // of State, or of the repair's begin while Reconnecting
	Err          error           // why State is failing or failed
	Speaking     bool            // is heard at the moment; pauses between words do not count
	Quality      int             // 0: unknown, 1: bad … 4: good
	Media        *RemoteMedia    // what they send; nil before a connection exists and after it ended
}
