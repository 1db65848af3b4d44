package transport

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// maxText is the largest text taken or sent, in bytes.
const maxText = 16 << 10

// ForeignOptions say how another program is talked to.
type ForeignOptions struct {
	Text string // label of the data channel for text, which the offerer opens; empty: we open none
}

// foreign is what a connection has in place of a control channel: the channel for text.
type foreign struct {
	label  string
	opened atomic.Bool

	mu      sync.Mutex
	channel *webrtc.DataChannel // ours until the other side opens one
	theirs  bool
}

// NewForeignConn makes a connection to a side that is not Confab, and otherwise does what NewConn does.
// It has no control channel, and as offerer two media lines: microphone and camera. Strings of the first
// data channel, whoever opened it, are text ([TextMessage], [Conn.SendText]). Once the first offer is
// answered, Offer, Accept and Answer are allowed to both roles.
func (e *Engine) NewForeignConn(role Role, o ForeignOptions, post func(Event)) (*Conn, error) {
	return e.newConn(role, &foreign{label: o.Text}, post)
}

// foreignSlot tells whether a foreign side is offered a line for the slot.
func foreignSlot(s media.Slot) bool { return s == media.Microphone || s == media.Camera }

// Carries tells whether the connection has a line of the slot: both sides have described one.
func (c *Conn) Carries(s media.Slot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, known := range c.slots {
		if known == s {
			return true
		}
	}
	return false
}

// openText makes the data channel for text, announced in-band (RFC 8832).
func (c *Conn) openText() error {
	if c.foreign.label == "" {
		return nil
	}
	ordered := true
	channel, err := c.pc.CreateDataChannel(c.foreign.label, &webrtc.DataChannelInit{Ordered: &ordered})
	if err != nil {
		return fmt.Errorf("open channel for text: %w", err)
	}
	c.foreign.channel = channel
	c.watchText(channel)
	return nil
}

// receiveChannel is called by pion for each data channel that the other side opens. The first one is for
// text; nobody reads others.
func (c *Conn) receiveChannel(channel *webrtc.DataChannel) {
	c.foreign.mu.Lock()
	first := !c.foreign.theirs
	if first {
		c.foreign.channel, c.foreign.theirs = channel, true
	}
	c.foreign.mu.Unlock()
	if first {
		c.watchText(channel)
	}
}

func (c *Conn) watchText(channel *webrtc.DataChannel) {
	opened := func() {
		if !c.foreign.opened.Swap(true) {
			c.tell(TextOpen{})
		}
	}
	channel.OnOpen(opened)
	bound := &credit{}
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		opened() // which a message may overtake
		if bound.admit(time.Now(), c.closing) {
			c.receiveText(m)
		}
	})
}

func (c *Conn) receiveText(m webrtc.DataChannelMessage) {
	switch {
	case !m.IsString:
		c.tell(TextRefused{fmt.Errorf("%d bytes: %w", len(m.Data), ErrNotText)})
	case len(m.Data) > maxText:
		c.tell(TextRefused{fmt.Errorf("text of %d bytes, at most %d: %w", len(m.Data), maxText, ErrTooLarge)})
	case !utf8.Valid(m.Data):
		c.tell(TextRefused{fmt.Errorf("text is not UTF-8: %w", ErrNotText)})
	default:
		c.tell(TextMessage{string(m.Data)})
	}
}

// SendText sends text of at most 16 KiB to a foreign side. It never waits: ErrNotOpen before TextOpen,
// after the channel's end and between Confabs, ErrCongested when 1 MiB waits to be sent, ErrTooLarge.
func (c *Conn) SendText(text string) error {
	if len(text) > maxText {
		return fmt.Errorf("send %d bytes, at most %d: %w", len(text), maxText, ErrTooLarge)
	}
	if c.foreign == nil {
		return ErrNotOpen
	}
	c.foreign.mu.Lock()
	channel := c.foreign.channel
	c.foreign.mu.Unlock()
	if c.isClosing() || channel == nil || channel.ReadyState() != webrtc.DataChannelStateOpen {
		return ErrNotOpen
	}
	if channel.BufferedAmount()+uint64(len(text)) > maxWaiting {
		return ErrCongested
	}
	if err := channel.SendText(text); err != nil {
		return fmt.Errorf("send text: %w", err)
	}
	return nil
}
