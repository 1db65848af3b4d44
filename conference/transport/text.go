package transport

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/pion/webrtc/v4"

	"confab/conference/signaling"
)

// maxText is the largest text taken or sent, in bytes.
const maxText = 16 << 10

// openText makes the data channel for text, announced in-band (RFC 8832).
func (c *Conn) openText(label string) error {
	if label == "" {
		return nil
	}
	ordered := true
	channel, err := c.pc.CreateDataChannel(label, &webrtc.DataChannelInit{Ordered: &ordered})
	if err != nil {
		return fmt.Errorf("open channel for text: %w", err)
	}
	framing := c.foreign.newFraming()
	c.foreign.mu.Lock()
	c.foreign.channel, c.foreign.framing = channel, framing
	c.foreign.mu.Unlock()
	c.watchText(channel, framing)
	return nil
}

// OpenText makes the data channel for text to a foreign side, unless there is one.
func (c *Conn) OpenText(label string) error {
	if c.foreign == nil {
		return ErrNotOpen
	}
	c.foreign.mu.Lock()
	there := c.foreign.channel != nil
	c.foreign.mu.Unlock()
	if there {
		return nil
	}
	if c.isClosing() {
		return ErrClosed
	}
	return c.openText(label)
}

func (f *foreign) newFraming() signaling.Framing {
	if f.Framing == nil {
		return nil
	}
	return f.Framing()
}

// receiveChannel is called by pion for each data channel that the other side opens. The first one is for
// text; nobody reads others, but where text is framed: there each is answered.
func (c *Conn) receiveChannel(channel *webrtc.DataChannel) {
	framing := c.foreign.newFraming()
	if framing != nil && (channel.Protocol() != "" || !channel.Ordered()) {
		return // what is on it has another form
	}
	c.foreign.mu.Lock()
	c.foreign.channels++
	first := !c.foreign.theirs
	read := first || framing != nil && c.foreign.channels <= maxTextChannels
	if first {
		c.foreign.channel, c.foreign.framing, c.foreign.theirs = channel, framing, true
	}
	c.foreign.mu.Unlock()
	if read {
		c.watchText(channel, framing)
	}
}

func (c *Conn) watchText(channel *webrtc.DataChannel, framing signaling.Framing) {
	opened := func() {
		if !c.foreign.opened.Swap(true) {
			c.tell(TextOpen{})
		}
	}
	channel.OnOpen(opened)
	bound := &credit{}
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		opened() // which a message may overtake
		if !bound.admit(time.Now(), c.closing) {
			return
		}
		if !m.IsString && framing != nil {
			c.unframe(channel, framing, m.Data)
			return
		}
		c.receiveText(m.Data, m.IsString)
	})
}

// unframe takes a message of a channel whose text is framed.
func (c *Conn) unframe(channel *webrtc.DataChannel, framing signaling.Framing, data []byte) {
	text, done, reply, err := framing.Unframe(data)
	if reply != nil && channel.BufferedAmount()+uint64(len(reply)) <= maxWaiting {
		if err := channel.Send(reply); err != nil {
			c.log.Debug("answer text", "err", err)
		}
	}
	switch {
	case err != nil:
		c.tell(TextRefused{fmt.Errorf("%w: %w", ErrNotText, err)})
	case done:
		c.receiveText([]byte(text), true)
	}
}

func (c *Conn) receiveText(data []byte, text bool) {
	switch {
	case !text:
		c.tell(TextRefused{fmt.Errorf("%d bytes: %w", len(data), ErrNotText)})
	case len(data) > maxText:
		c.tell(TextRefused{fmt.Errorf("text of %d bytes, at most %d: %w", len(data), maxText, ErrTooLarge)})
	case !utf8.Valid(data):
		c.tell(TextRefused{fmt.Errorf("text is not UTF-8: %w", ErrNotText)})
	default:
		c.tell(TextMessage{string(data)})
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
	defer c.foreign.mu.Unlock() // of two texts the packets must not mix
	channel := c.foreign.channel
	if c.isClosing() || channel == nil || channel.ReadyState() != webrtc.DataChannelStateOpen {
		return ErrNotOpen
	}
	if channel.BufferedAmount()+uint64(len(text)) > maxWaiting {
		return ErrCongested
	}
	if c.foreign.framing == nil {
		if err := channel.SendText(text); err != nil {
			return fmt.Errorf("send text: %w", err)
		}
		return nil
	}
	for _, data := range c.foreign.framing.Frame(text) {
		if err := channel.Send(data); err != nil {
			return fmt.Errorf("send text: %w", err)
		}
	}
	return nil
}
