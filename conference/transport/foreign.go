package transport

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pion/webrtc/v4"

	"confab/conference/media"
	"confab/conference/signaling"
)

// ForeignOptions say how another program is talked to.
type ForeignOptions struct {
	Text string // label of the data channel for text, which the offerer opens; empty: we open none
	// Tunnel: the two sides negotiate over data channel 0 (ControlMessage, SendTunnel). The first offer has no
	// media; the next one of ours has a line for each of our slots, in which we only send. Data channels for
	// text are opened by the other side or by OpenText.
	Tunnel bool
	// Framing makes what puts text on one data channel for text; nil, or a nil result: text goes as it is.
	Framing func() signaling.Framing
}

// foreign is what a connection has in place of a control channel: the channel for text.
type foreign struct {
	ForeignOptions
	opened atomic.Bool

	mu       sync.Mutex
	channel  *webrtc.DataChannel // ours until the other side opens one
	framing  signaling.Framing   // of channel
	theirs   bool
	channels int // that were opened by the other side
}

// maxTextChannels bounds the data channels of the other side that are read.
const maxTextChannels = 8

// NewForeignConn makes a connection to a side that is not Confab, and otherwise does what NewConn does.
// It has no control channel, and as offerer two media lines: microphone and camera. Strings of the first
// data channel, whoever opened it, are text ([TextMessage], [Conn.SendText]). Once the first offer is
// answered, Offer, Accept and Answer are allowed to both roles.
func (e *Engine) NewForeignConn(role Role, o ForeignOptions, post func(Event)) (*Conn, error) {
	return e.newConn(role, &foreign{ForeignOptions: o}, post)
}

// foreignSlot tells whether a foreign side is offered a line for the slot.
func foreignSlot(s media.Slot) bool { return s == media.Microphone || s == media.Camera }

// Carries tells whether the connection has a line of the slot: both sides have described one.
func (c *Conn) Carries(s media.Slot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.foreign != nil && c.foreign.Tunnel {
		return foreignSlot(s) // our own lines come later
	}
	for _, known := range c.slots {
		if known == s {
			return true
		}
	}
	return false
}

// openOneWay makes the lines in which we send to a side with a tunnel. Their mids must not be those of
// lines that the other side makes at the same time.
func (c *Conn) openOneWay() error {
	if c.foreign == nil || !c.foreign.Tunnel || c.agreed.oneWay {
		return nil
	}
	c.agreed.oneWay = true
	for i, o := range c.outbound {
		if !foreignSlot(o.slot) {
			continue
		}
		t, err := c.pc.AddTransceiverFromTrack(o, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err == nil {
			err = t.SetMid(fmt.Sprintf("g%d", i+1))
		}
		if err != nil {
			return fmt.Errorf("add line %s: %w", o.slot, err)
		}
		c.readSender(o, t.Sender())
	}
	return nil
}
