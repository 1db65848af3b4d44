// Package antmedia speaks the peer-to-peer protocol of Ant Media Server, so that Confab meets the pages
// and apps made with its SDKs: antmedia+ws://host:5080/App/websocket, the room is the stream's ID.
//
// A room holds two. The server tells neither names nor who is there: to whoever joined first it says
// start when a second one joins, and that one offers. Text frames carry one JSON object each:
//
//	> join {streamId}                    < notification joined
//	                                     < start                       to the first, when the second came
//	> takeConfiguration {type, sdp}      < takeConfiguration           relayed, as it is
//	> takeCandidate {label, id, candidate}  < takeCandidate            relayed; label is a number
//	> leave                              < notification leaved         the other hears stop
//	> ping, every 3 s                    < pong
//	> getIceServerConfig                 < iceServerConfig
//
// Once connected either side may offer anew. Strings on the data channel, whose label is the stream's ID,
// are chat.
package antmedia

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/duo"
	"confab/conference/signaling/socket"
)

const (
	maxInbound  = 128 << 10        // bytes of a message
	maxOutbound = 81920            // bytes that the server takes in a message
	maxPrelude  = 64               // messages before the answer to join
	pingEvery   = 3 * time.Second  // as the SDKs do
	silence     = 15 * time.Second // five pings without an answer
)

var system = duo.System{
	Name:  "antmedia",
	Guest: "Guest",
	Text:  func(room string) string { return room },
}

// Dialer opens drivers. The zero value dials as the system does.
type Dialer struct{ Socket socket.Options }

// Open makes a driver for an antmedia+ws:// or antmedia+wss:// URL, which is dialed without the first
// part of its scheme. It has the form that [signaling.Registry] wants.
func Open(ctx context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	return (&Dialer{}).Open(ctx, u, o)
}

// Open is the function Open with this way to dial.
func (d *Dialer) Open(_ context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	scheme, ok := strings.CutPrefix(u.Scheme, "antmedia+")
	if !ok || scheme != "ws" && scheme != "wss" {
		return nil, fmt.Errorf("%w: %s", signaling.ErrUnknownScheme, u.Scheme)
	}
	if err := duo.CheckURL(u, o); err != nil {
		return nil, err
	}
	if strings.Trim(u.Path, "/") == "" {
		return nil, fmt.Errorf("%w: it names no application, as in /WebRTCAppEE/websocket", signaling.ErrURL)
	}
	address := *u
	address.Scheme, address.Fragment, address.RawFragment = scheme, "", ""
	query := address.Query()
	if !query.Has("target") { // the SDK says so, too; a cluster needs it
		query.Set("target", "origin")
		address.RawQuery = query.Encode()
	}
	options := d.Socket
	options.MaxMessage, options.Silence = maxInbound, silence
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
}

// Enter joins. A room's name must be a stream ID: letters, digits, dots, dashes and underscores.
func (d *dialect) Enter(ctx context.Context, room, _ string) (duo.Entrance, error) {
	if !validStream(room) {
		return duo.Entrance{}, fmt.Errorf("%w: stream ID %q has more than letters, digits, dots, dashes and underscores", signaling.ErrBadRoom, room)
	}
	s, err := socket.Dial(ctx, d.url, d.socket)
	if err != nil {
		return duo.Entrance{}, err
	}
	var in duo.Entrance
	err = s.Handshake(ctx, func() (err error) {
		in, err = d.join(s, room)
		return err
	})
	return in, err
}

// join asks for servers and for the room, and waits for the room.
func (d *dialect) join(s *socket.Socket, room string) (duo.Entrance, error) {
	in := duo.Entrance{Socket: s, Beat: pingEvery, Heartbeat: signaling.JSON(plain{Command: "ping"})}
	for _, m := range []any{
		plain{Command: "getIceServerConfig"},
		join{Command: "join", StreamID: room, Mode: "both"},
	} {
		if err := s.Write(signaling.JSON(m)); err != nil {
			return in, fmt.Errorf("ask to join: %w", err)
		}
	}
	for range maxPrelude {
		data, err := s.Read()
		if err != nil {
			return in, fmt.Errorf("wait for the room: %w", err)
		}
		m, err := parse(data)
		switch {
		case err != nil:
			return in, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
		case m.Command == "": // JSON of another system
			return in, fmt.Errorf("%w: a message without a command", signaling.ErrNotSignaling)
		case m.Command == "iceServerConfig":
			in.ICEServers = m.iceServers()
		case m.Command == "error" && m.concerns(room):
			return in, &ServerError{Definition: m.definition()}
		case m.Command == "notification" && m.Definition == "joined" && m.concerns(room):
			return in, nil
		}
	}
	return in, fmt.Errorf("%w: no answer to join came", signaling.ErrNotSignaling)
}

// Read implements duo.Dialect. What concerns another stream, and what is unknown, is noise.
func (d *dialect) Read(room string, data []byte) ([]duo.Word, error) {
	m, err := parse(data)
	if err != nil {
		return nil, err
	}
	if !m.concerns(room) {
		return nil, nil
	}
	switch m.Command {
	case "start":
		return []duo.Word{duo.Arrived{}}, nil
	case "stop":
		return []duo.Word{duo.Gone{}}, nil
	case "takeConfiguration":
		switch m.Type {
		case "offer":
			return []duo.Word{duo.Offer{SDP: m.SDP}}, nil
		case "answer":
			return []duo.Word{duo.Answer{SDP: m.SDP}}, nil
		}
	case "takeCandidate":
		return []duo.Word{duo.Candidate{Candidate: m.candidate()}}, nil
	case "notification":
		if m.Definition == "leaved" {
			return []duo.Word{duo.Left{}}, nil
		}
	case "error":
		return []duo.Word{duo.Refused{Err: &ServerError{Definition: m.definition()}}}, nil
	}
	return nil, nil
}

// Write implements duo.Dialect.
func (d *dialect) Write(room string, w duo.Word) ([]byte, error) {
	var data []byte
	switch w := w.(type) {
	case duo.Offer:
		data = signaling.JSON(configuration{Command: "takeConfiguration", StreamID: room, Type: "offer", SDP: w.SDP})
	case duo.Answer:
		data = signaling.JSON(configuration{Command: "takeConfiguration", StreamID: room, Type: "answer", SDP: w.SDP})
	case duo.Candidate:
		data = signaling.JSON(newCandidate(room, w.Candidate))
	case duo.Leave:
		data = signaling.JSON(plain{Command: "leave", StreamID: room})
	}
	if len(data) > maxOutbound {
		return nil, fmt.Errorf("%w: %d bytes, the server takes %d", signaling.ErrSignal, len(data), maxOutbound)
	}
	return data, nil
}
