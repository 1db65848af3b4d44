package transport

import (
	"time"

	"confab/conference/media"
	"confab/conference/signaling"
	"confab/conference/transport/bandwidth"
)

// Event is what a connection tells its owner: CandidatesFound, StateChanged, ControlOpen,
// ControlClosed, ControlMessage, ControlRefused, TextOpen, TextMessage, TextRefused, TrackStarted, KeyFrameRequested, RepairRequested,
// ReceiverReported, ReceiveLimited or Feedback.
type Event interface{ event() }

// CandidatesFound brings addresses of ours to pass on to the other side. Those found at the same time
// come together.
type CandidatesFound struct{ Candidates []signaling.Candidate }

// StateChanged says that the connection is in another state. For disconnected, failed and closed Err
// says why: it wraps ErrNoPath, ErrIdentity, ErrHandshake or ErrPeerClosed.
type StateChanged struct {
	State State
	Err   error
}

// ControlOpen says that SendControl works from now on. It comes before the first ControlMessage.
type ControlOpen struct{}

// ControlClosed says that the control channel is gone for good.
type ControlClosed struct{}

// ControlMessage arrived over the control channel: at most 96 KiB, in order, the receiver owns it.
// Floods are slowed down at the sender: 256 at once, then 200 a second.
type ControlMessage struct{ Data []byte }

// ControlRefused says that a message over the control channel was dropped. Err wraps ErrTooLarge.
type ControlRefused struct{ Err error }

// TextOpen says that SendText works from now on. It comes before the first TextMessage.
type TextOpen struct{}

// TextMessage arrived over the channel for text of a foreign side: valid UTF-8 of at most 16 KiB, in order.
// Floods are slowed down as those of control messages are.
type TextMessage struct{ Text string }

// TextRefused says that a message of a foreign side was dropped. Err wraps ErrTooLarge or ErrNotText.
type TextRefused struct{ Err error }

// TrackStarted says that the first packet of a slot arrived. If the peer starts the slot's stream anew
// (another SSRC), it comes again, and the old track ends.
type TrackStarted struct {
	Slot  media.Slot
	Track *Inbound
}

// KeyFrameRequested says that the peer cannot decode what we send in this slot (picture loss indication
// or full intra request, RFC 4585 and RFC 5104). At most 20 a second are posted.
type KeyFrameRequested struct{ Slot media.Slot }

// ReceiverReported is what the peer says about the last interval of our stream (RFC 3550 section 6.4).
type ReceiverReported struct {
	Slot          media.Slot
	FractionLost  float64       // 0 to 1, since the report before
	RoundTripTime time.Duration // 0: not known yet
	Jitter        time.Duration // interarrival jitter at the peer
}

// ReceiveLimited is what the peer believes that it can receive of all that we send (REMB,
// draft-alvestrand-rmcat-remb-03). A peer with transport-cc has no need to say so.
type ReceiveLimited struct{ BitsPerSecond int }

// RepairRequested says that the peer misses packets of what we send in this slot (generic NACK, RFC 4585 section
// 6.2.1). The numbers are those of the packets as they were written; they are in no order, may be there
// twice, and are at most 1,000. The owner of the event keeps them.
type RepairRequested struct {
	Slot            media.Slot
	SequenceNumbers []uint16
}

// Feedback is what became of the packets that left, in the order of their departure, everything that we
// sent included. It comes each 50 ms, from Confab up to each 10 ms while a queue grows, and never from
// a peer without transport-cc. Each packet comes once: what no report told is Unknown. The owner of the
// event keeps the results.
type Feedback struct{ Results []bandwidth.Result }

func (CandidatesFound) event()   {}
func (StateChanged) event()      {}
func (ControlOpen) event()       {}
func (ControlClosed) event()     {}
func (ControlMessage) event()    {}
func (ControlRefused) event()    {}
func (TextOpen) event()          {}
func (TextMessage) event()       {}
func (TextRefused) event()       {}
func (TrackStarted) event()      {}
func (KeyFrameRequested) event() {}
func (RepairRequested) event()   {}
func (ReceiverReported) event()  {}
func (ReceiveLimited) event()    {}
func (Feedback) event()          {}
