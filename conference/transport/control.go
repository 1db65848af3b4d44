package transport

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"confab/conference/signaling"
)

const (
	controlLabel = "confab"
	// maxControl is the largest control message taken or sent, in bytes.
	maxControl = signaling.MaxSignal
	// announcedMessage is the largest we say we take, in bytes. pion closes the channel above it, so
	// it lies above maxControl: what is between is dropped and told.
	announcedMessage = 256 << 10
	// maxWaiting is what may wait to be sent, in bytes.
	maxWaiting = 1 << 20
	// controlBurst and controlPause bound what a peer can put into our owner's queue: so many messages
	// at once, then one a pause. What is more waits in SCTP's window, at the sender.
	controlBurst = 256
	controlPause = 5 * time.Millisecond
)

// control is the negotiated data channel 0, once it has been made.
type control struct {
	mu      sync.Mutex
	channel *webrtc.DataChannel

	opened atomic.Bool
	credit credit
}

// credit bounds what comes over one data channel. It is owned by the goroutine that pion reads the channel with.
type credit struct {
	left   int // messages
	filled time.Time
}

// openControl makes the control channel: both sides know its number, so nobody has to announce it
// (RFC 8832 section 1), and it is open as soon as SCTP is.
func (c *Conn) openControl() error {
	number, negotiated, ordered := uint16(0), true, true
	channel, err := c.pc.CreateDataChannel(controlLabel, &webrtc.DataChannelInit{
		ID: &number, Negotiated: &negotiated, Ordered: &ordered,
	})
	if err != nil {
		return fmt.Errorf("open control channel: %w", err)
	}
	c.control.mu.Lock()
	c.control.channel = channel
	c.control.mu.Unlock()
	opened := func() {
		if !c.control.opened.Swap(true) {
			c.tell(ControlOpen{})
		}
	}
	channel.OnOpen(opened)
	channel.OnClose(func() { c.tell(ControlClosed{}) })
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		opened() // pion calls OnOpen on a goroutine of its own, which a message may overtake
		c.receiveControl(m.Data)
	})
	return nil
}

func (c *Conn) receiveControl(data []byte) {
	if !c.control.credit.admit(time.Now(), c.closing) {
		return
	}
	if len(data) > maxControl {
		c.tell(ControlRefused{fmt.Errorf("control message of %d bytes, at most %d: %w", len(data), maxControl, ErrTooLarge)})
		return
	}
	c.tell(ControlMessage{data})
}

// admit takes one message's credit and waits if there is none; false: the connection is closing.
func (k *credit) admit(now time.Time, closing <-chan struct{}) bool {
	if k.filled.IsZero() {
		k.filled, k.left = now, controlBurst
	}
	grown := int(now.Sub(k.filled) / controlPause)
	k.filled = k.filled.Add(time.Duration(grown) * controlPause)
	k.left = min(k.left+grown, controlBurst)
	if k.left > 0 {
		k.left--
		return true
	}
	pause := time.NewTimer(controlPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		k.filled = k.filled.Add(controlPause)
		return true
	case <-closing:
		return false
	}
}

// SendControl sends a message of at most 96 KiB over the control channel, as text; b may be reused on
// return. It never waits: ErrNotOpen before ControlOpen and after ControlClosed, ErrCongested when
// 1 MiB waits to be sent, ErrTooLarge.
func (c *Conn) SendControl(b []byte) error { return c.sendControl(b, true) }

// SendTunnel is SendControl for the tunnel to a foreign side, whose messages may be binary.
func (c *Conn) SendTunnel(b []byte, text bool) error { return c.sendControl(b, text) }

func (c *Conn) sendControl(b []byte, text bool) error {
	if len(b) > maxControl {
		return fmt.Errorf("send %d bytes, at most %d: %w", len(b), maxControl, ErrTooLarge)
	}
	c.control.mu.Lock()
	channel := c.control.channel
	c.control.mu.Unlock()
	if c.isClosing() || channel == nil || channel.ReadyState() != webrtc.DataChannelStateOpen {
		return ErrNotOpen
	}
	if channel.BufferedAmount()+uint64(len(b)) > maxWaiting {
		return ErrCongested
	}
	var err error
	if text {
		err = channel.SendText(string(b))
	} else {
		err = channel.Send(b)
	}
	if err != nil {
		return fmt.Errorf("send control message: %w", err)
	}
	return nil
}
