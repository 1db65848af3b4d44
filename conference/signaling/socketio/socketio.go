// Package socketio meets the pages and apps of GetStream's course "WebRTC for the Brave", whose server
// speaks Socket.IO: socketio+http://host:3000, or socketio+https.
//
// The driver is a client of Engine.IO 4 and Socket.IO 5, by WebSocket alone, in the namespace "/". It
// sends no Origin: the course's server refuses whoever does. Events:
//
//	> join {room, name}     < room_users [{id, name}]    the others, to the one who joins; nobody else is told
//	> offer {sdp, type}     < getOffer                   to everybody else on the server, of all rooms
//	> answer {sdp, type}    < getAnswer                  likewise
//	> candidate {…}         < getCandidate               likewise
//	                        < user_exit {id}             unreliable: not to those who are left in a room
//
// The newcomer offers. The course's clients offer when they come into an empty room, too, to nobody; this
// one does not. Leaving is closing. Nothing says who sent what, so the driver goes by the origin of
// descriptions and by the ICE credentials that candidates name; who is alone joins once more when an offer
// comes, to learn from room_users whether it is of this room. A room with more than one other is full.
// Confab's own server says so by room_full, and by room_refused why somebody cannot join at all; it
// announces the newcomer by user_joined, and passes nothing on to other rooms.
package socketio

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"confab/conference/signaling"
	"confab/conference/signaling/duo"
	"confab/conference/signaling/socket"
)

const (
	maxInbound = 128 << 10 // bytes of a message
	maxPrelude = 256       // messages before the answer to join: others' broadcasts come in between
	maxMine    = 16        // former IDs that are remembered
)

var system = duo.System{
	Name:      "socketio",
	Guest:     "Guest",
	Broadcast: true,
	Text:      func(string) string { return "chat" }, // the course has none, and ignores it
}

// Dialer opens drivers. The zero value dials as the system does.
type Dialer struct{ Socket socket.Options }

// Open makes a driver for a socketio+http:// or socketio+https:// URL. Its path is Engine.IO's, without
// one /socket.io/. It has the form that [signaling.Registry] wants.
func Open(ctx context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	return (&Dialer{}).Open(ctx, u, o)
}

// Open is the function Open with this way to dial.
func (d *Dialer) Open(_ context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	schemes := map[string]string{"socketio+http": "ws", "socketio+https": "wss"}
	scheme, ok := schemes[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("%w: %s", signaling.ErrUnknownScheme, u.Scheme)
	}
	if err := duo.CheckURL(u, o); err != nil {
		return nil, err
	}
	address := *u
	address.Scheme, address.Fragment, address.RawFragment = scheme, "", ""
	if strings.Trim(address.Path, "/") == "" {
		address.Path, address.RawPath = "/socket.io/", ""
	}
	query := address.Query()
	query.Set("EIO", "4")
	query.Set("transport", "websocket")
	address.RawQuery = query.Encode()
	options := d.Socket
	options.MaxMessage = maxInbound
	var err error
	if options.TLS, err = signaling.PinnedTLS(options.TLS, u); err != nil {
		return nil, err
	}
	return duo.NewDriver(&dialect{url: address.String(), socket: options}, system, o), nil
}

// dialect implements duo.Dialect.
type dialect struct {
	url    string
	socket socket.Options

	mu   sync.Mutex
	mine []string // our IDs on this server, the newest last: a lost one stays in the room for a while
}

// Enter connects and joins.
func (d *dialect) Enter(ctx context.Context, room, name string) (duo.Entrance, error) {
	s, err := socket.Dial(ctx, d.url, d.socket)
	if err != nil {
		return duo.Entrance{}, refusal(err)
	}
	var in duo.Entrance
	err = s.Handshake(ctx, func() (err error) {
		in, err = d.join(s, room, name)
		return err
	})
	return in, err
}

// join does the handshake of both protocols and waits for the room's list.
func (d *dialect) join(s *socket.Socket, room, name string) (duo.Entrance, error) {
	id, err := connect(s)
	if err != nil {
		return duo.Entrance{}, err
	}
	d.remember(id)
	if err := s.Write(event("join", joinPayload{Room: room, Name: name})); err != nil {
		return duo.Entrance{}, fmt.Errorf("ask to join: %w", err)
	}
	for range maxPrelude {
		p, err := receive(s)
		if err != nil {
			return duo.Entrance{}, fmt.Errorf("wait for the room: %w", err)
		}
		switch p.event {
		case "room_users":
			others, err := p.others()
			if err != nil {
				return duo.Entrance{}, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
			}
			return duo.Entrance{Socket: s, Self: signaling.PeerID(id), Others: d.strangers(others)}, nil
		case "room_full":
			return duo.Entrance{}, signaling.ErrRoomFull
		case "room_refused":
			return duo.Entrance{}, p.refused()
		}
	}
	return duo.Entrance{}, fmt.Errorf("%w: no answer to join came", signaling.ErrNotSignaling)
}

func (d *dialect) remember(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mine = append(d.mine, id)
	d.mine = d.mine[max(0, len(d.mine)-maxMine):]
}

// strangers leaves out those who are us.
func (d *dialect) strangers(all []duo.Arrived) []duo.Arrived {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(all, func(a duo.Arrived) bool { return slices.Contains(d.mine, string(a.ID)) })
}

// Read implements duo.Dialect. Events of other names are noise.
func (d *dialect) Read(_ string, data []byte) ([]duo.Word, error) {
	p, err := parse(data)
	if err != nil {
		return nil, err
	}
	switch p.kind {
	case engineClose, socketDisconnect:
		return []duo.Word{duo.Over{Err: errDisconnected}}, nil
	}
	var words []duo.Word
	if reply := p.reply(); reply != nil {
		words = append(words, duo.Reply{Data: reply})
	}
	w, err := p.word()
	if err != nil {
		return words, nil // a stranger's mistake must not cost us the server
	}
	if list, ok := w.(duo.Present); ok {
		w = duo.Present{Others: d.strangers(list.Others)}
	}
	if w != nil {
		words = append(words, w)
	}
	return words, nil
}

var errDisconnected = fmt.Errorf("%w: it disconnected us", signaling.ErrUnreachable)

// Write implements duo.Dialect.
func (d *dialect) Write(room string, w duo.Word) ([]byte, error) {
	switch w := w.(type) {
	case duo.Ask: // who joins again is told who is there
		return event("join", joinPayload{Room: room, Name: w.Name}), nil
	case duo.Offer:
		return event("offer", sessionDescription{SDP: w.SDP, Type: "offer"}), nil
	case duo.Answer:
		return event("answer", sessionDescription{SDP: w.SDP, Type: "answer"}), nil
	case duo.Candidate:
		return event("candidate", w.Candidate), nil
	}
	return nil, nil // leaving is closing
}

// refusal says what an HTTP answer of Engine.IO in place of a WebSocket means.
func refusal(err error) error {
	var refused *socket.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	if said := parseRefusal(refused.Body); said != nil {
		return fmt.Errorf("%w: %w", said, err)
	}
	return err
}
