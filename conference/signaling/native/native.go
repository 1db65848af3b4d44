// Package native speaks confab.v1, a WebSocket subprotocol (RFC 6455), to a signaling server.
//
// A member's ID follows from a secret key, so it stays the same over reconnections and restarts of the
// server. A session numbers what it hears; when its socket is lost it dials again with growing pauses,
// says what it has heard last, and the server either replays what was missed or, if it has forgotten
// us, lets us join again. To the reader of [signaling.Session] that is one Interrupted and one Resumed.
//
// A session has one goroutine that owns its state, and per socket one that reads and one that writes.
// Everything that arrives is limited in size and number; what a member got wrong is dropped, what the
// server got wrong ends the socket.
package native

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"confab/conference/signaling"
)

// joinWait bounds a join, and each attempt to come back, whatever the caller's context says.
const joinWait = 15 * time.Second

// Dialer opens drivers. The zero value dials as the system does.
type Dialer struct {
	NetDial func(ctx context.Context, network, address string) (net.Conn, error) // nil: TCP
	TLS     *tls.Config                                                          // for wss://; nil: the system's roots
}

// Open makes a driver for a ws:// or wss:// URL, which is dialed as it stands. It has the form that
// [signaling.Registry] wants.
func Open(ctx context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	return (&Dialer{}).Open(ctx, u, o)
}

// Open is the function Open with this way to dial.
func (d *Dialer) Open(_ context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	switch {
	case u.Scheme != "ws" && u.Scheme != "wss":
		return nil, fmt.Errorf("%w: %s", signaling.ErrUnknownScheme, u.Scheme)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%w: it names no host", signaling.ErrURL)
	case u.User != nil:
		return nil, fmt.Errorf("%w: a user or password has no place in it", signaling.ErrURL)
	}
	if o.Key == "" {
		o.Key = signaling.NewKey()
	}
	if err := signaling.CheckKey(o.Key); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	secure, err := signaling.PinnedTLS(d.TLS, u)
	if err != nil {
		return nil, err
	}
	address := *u
	address.Fragment, address.RawFragment = "", "" // never sent (RFC 6455 section 3)
	return &driver{dialer: Dialer{NetDial: d.NetDial, TLS: secure}, url: address.String(), options: o, log: o.Logger.With("driver", "native")}, nil
}

// driver joins rooms of one server. All its sessions have the same key: a second one at the same time
// replaces the first.
type driver struct {
	dialer  Dialer
	url     string
	options signaling.Options
	log     *slog.Logger
}

// Join dials, says hello and enters the room. It ends with ctx, after 15 s at the latest.
func (d *driver) Join(ctx context.Context, room string, self signaling.Peer) (signaling.Session, error) {
	room, err := signaling.CleanRoom(room)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	e := entry{room: room, name: signaling.CleanName(self.Name), metadata: self.Metadata}
	k, in, err := d.enter(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("join room %q: %w", room, err)
	}
	return newSession(d, e, k, in), nil
}

// entry is what we say to get into a room.
type entry struct {
	seq      uint64 // of the last message heard; 0: none
	rejoin   bool   // we were in the room before, and our connections may live
	room     string
	name     string
	metadata signaling.Metadata
}

// entered is what the server answered.
type entered struct {
	welcome welcome
	seq     uint64           // of joined
	members []signaling.Peer // of joined
}

// enter makes a socket that is in the room; unless welcome.Resumed, it has joined.
func (d *driver) enter(ctx context.Context, e entry) (*link, entered, error) {
	ctx, cancel := context.WithTimeout(ctx, joinWait)
	defer cancel()
	ws, err := d.dial(ctx)
	if err != nil {
		return nil, entered{}, ended(ctx, err)
	}
	k := newLink(ws)
	var in entered
	err = ws.Handshake(ctx, func() (err error) {
		in, err = k.handshake(d.options, e)
		return err
	})
	if err != nil {
		return nil, entered{}, ended(ctx, err)
	}
	ws.Start()
	return k, in, nil
}

// ended gives the reason of an attempt's end: that the caller gave up stands before what broke by it,
// and that time ran out means that nobody answers.
func ended(ctx context.Context, err error) error {
	switch cause := ctx.Err(); {
	case cause == nil:
		return err
	case errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("%w: no answer: %w", signaling.ErrUnreachable, cause)
	default:
		return cause
	}
}
