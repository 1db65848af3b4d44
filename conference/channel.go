package conference

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/signaling"
	"confab/conference/transport"
)

// leaveTimeout bounds how long good-byes may take, and again how long connections may take to close.
const leaveTimeout = 2 * time.Second

// Channel is a joined room: who is in it, and our connections to them. All methods are safe from any
// goroutine.
type Channel struct {
	client   *Client
	loop     *loop
	events   *bus
	snapshot atomic.Pointer[Snapshot]
	leaving  sync.Once
}

func newChannel(c *Client, room string, s signaling.Session, e *transport.Engine) *Channel {
	ch := &Channel{client: c, events: newBus()}
	ch.loop = newLoop(ch, room, s, e)
	ch.loop.publish()
	return ch
}

func (c *Channel) start() { go c.loop.run() } // ends at Leave, or when the session ends

// Snapshot is the channel's whole state of now. It is immutable and never nil.
func (c *Channel) Snapshot() *Snapshot { return c.snapshot.Load() }

// Subscribe gives what happens from now on: events of the topics or groups of topics named, or all; the first
// call also what happened since Join. The channel is closed when ctx ends, or when the channel was left and all
// events were read.
func (c *Channel) Subscribe(ctx context.Context, topics ...string) <-chan Event {
	return c.events.subscribe(ctx, topics)
}

// Rename changes our name.
func (c *Channel) Rename(name string) error {
	if name = signaling.CleanName(name); name == "" {
		return ErrNoName
	}
	if !c.loop.work.put(func() { c.loop.rename(name) }) {
		return ErrLeft
	}
	return nil
}

// CreatePeerConnection makes a connection to a client in the channel, as offerer; it begins with Open.
// It is for Options.Manual; otherwise the channel has connections to all, and this is an error.
func (c *Channel) CreatePeerConnection(to RemoteClient) (*PeerConnection, error) {
	return c.prepare(to.ID, Offerer)
}

func (c *Channel) prepare(to signaling.PeerID, role Role) (*PeerConnection, error) {
	type result struct {
		p   *PeerConnection
		err error
	}
	made := make(chan result, 1)
	ok := c.loop.work.put(func() {
		p, err := c.loop.prepare(to, role)
		made <- result{p, err}
	})
	if !ok {
		return nil, ErrLeft
	}
	select {
	case r := <-made:
		return r.p, r.err
	case <-c.loop.done:
		return nil, ErrLeft
	}
}

// Leave says good-bye to everybody, closes all connections and ends the channel. Any number of times; it
// returns when all is closed, after 5 s at the latest, or when ctx ends.
func (c *Channel) Leave(ctx context.Context) error {
	c.leaving.Do(func() { c.loop.work.put(func() { c.loop.leave(nil) }) })
	deadline := time.NewTimer(2*leaveTimeout + time.Second)
	defer deadline.Stop()
	select {
	case <-c.loop.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("leave %q: %w", c.loop.room, ctx.Err())
	case <-deadline.C:
		return fmt.Errorf("leave %q: %w", c.loop.room, ErrStuck)
	}
}

// PeerConnectionOffer says that a client offers us a connection (with Options.Manual). Accept or Reject it.
type PeerConnectionOffer struct {
	Client  RemoteClient
	channel *Channel
}

// Topic is "connection:offer".
func (PeerConnectionOffer) Topic() string { return "connection:offer" }

// Accept makes the connection, as answerer; it begins with Open. What came meanwhile is kept.
func (o PeerConnectionOffer) Accept() (*PeerConnection, error) {
	return o.channel.prepare(o.Client.ID, Answerer)
}

// Reject tells the client that we do not want the connection.
func (o PeerConnectionOffer) Reject() error {
	if !o.channel.loop.work.put(func() { o.channel.loop.reject(o.Client.ID) }) {
		return ErrLeft
	}
	return nil
}

// OfferCanceled says that the client took its offer back before it was accepted.
type OfferCanceled struct{ Client RemoteClient }

// Topic is "connection:cancel".
func (OfferCanceled) Topic() string { return "connection:cancel" }

// leftBecause is why a session that ended by itself is over.
func leftBecause(s signaling.Session) error {
	if err := s.Err(); err != nil {
		return err
	}
	return errors.New("signaling session ended")
}
