package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/duo"
	"confab/conference/signaling/socket"
)

// kind is the first one or two characters of a packet: Engine.IO's type, and Socket.IO's in a message.
type kind string

const (
	engineOpen  kind = "0"
	engineClose kind = "1"
	enginePing  kind = "2"
	enginePong  kind = "3"

	socketConnect    kind = "40"
	socketDisconnect kind = "41"
	socketEvent      kind = "42"
	socketRefused    kind = "44"
)

// Limits of what a server may say.
const (
	maxAck     = 20              // digits
	maxID      = 64              // bytes
	minSilence = 5 * time.Second // pingInterval and pingTimeout together
	maxSilence = 5 * time.Minute // likewise
	maxText    = 200             // bytes of an error's message that are kept
	maxUsers   = 1000            // of a room
)

var errPacket = errors.New("malformed packet")

// packet is one message of the server's: the namespace is always "/".
type packet struct {
	kind  kind
	ack   string            // number of an acknowledgement that the server waits for; empty: none
	event string            // of socketEvent
	args  []json.RawMessage // of socketEvent
	body  []byte            // of others
}

type (
	opening struct { // of engineOpen
		PingInterval int `json:"pingInterval"` // milliseconds
		PingTimeout  int `json:"pingTimeout"`
	}
	connected struct { // of socketConnect
		SID string `json:"sid"`
	}
	problem struct { // of socketRefused, and of an HTTP answer
		Code    *int   `json:"code"`
		Message string `json:"message"`
	}
	joinPayload struct {
		Room string `json:"room"`
		Name string `json:"name"`
	}
	user struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	sessionDescription struct {
		SDP  string `json:"sdp"`
		Type string `json:"type"`
	}
)

// parse reads a packet of a WebSocket. Errors wrap errPacket.
func parse(data []byte) (packet, error) {
	if len(data) == 0 {
		return packet{}, fmt.Errorf("%w: it is empty", errPacket)
	}
	p := packet{kind: kind(data[:1]), body: data[1:]}
	if data[0] != '4' {
		if data[0] < '0' || data[0] > '6' {
			return packet{}, fmt.Errorf("%w: type %.1q", errPacket, data)
		}
		return p, nil
	}
	if len(data) < 2 {
		return packet{}, fmt.Errorf("%w: an empty message", errPacket)
	}
	p.kind, p.body = kind(data[:2]), data[2:]
	if len(p.body) > 0 && p.body[0] == '/' {
		return packet{}, fmt.Errorf("%w: namespace %.40q", errPacket, p.body)
	}
	if p.kind != socketEvent {
		return p, nil
	}
	digits := bytes.IndexByte(p.body, '[')
	if digits < 0 || digits > maxAck || len(bytes.Trim(p.body[:digits], "0123456789")) > 0 {
		return packet{}, fmt.Errorf("%w: event %.40q", errPacket, data)
	}
	p.ack = string(p.body[:digits])
	if err := json.Unmarshal(p.body[digits:], &p.args); err != nil {
		return packet{}, fmt.Errorf("%w: event %.40q: %v", errPacket, data, err)
	}
	if len(p.args) == 0 || json.Unmarshal(p.args[0], &p.event) != nil {
		return packet{}, fmt.Errorf("%w: event without a name", errPacket)
	}
	p.args = p.args[1:]
	return p, nil
}

// reply is what the server wants to hear at once: a pong, or an acknowledgement.
func (p *packet) reply() []byte {
	switch {
	case p.kind == enginePing:
		return append([]byte(enginePong), p.body...)
	case p.ack != "":
		return []byte("43" + p.ack + "[]")
	}
	return nil
}

// argument reads the event's first one.
func (p *packet) argument(into any) error {
	if len(p.args) == 0 {
		return fmt.Errorf("%w: %s without an argument", errPacket, p.event)
	}
	if err := json.Unmarshal(p.args[0], into); err != nil {
		return fmt.Errorf("%w: %s: %v", errPacket, p.event, err)
	}
	return nil
}

// others is the list of room_users.
func (p *packet) others() ([]duo.Arrived, error) {
	var users []user
	if err := p.argument(&users); err != nil {
		return nil, err
	}
	if len(users) > maxUsers {
		return nil, fmt.Errorf("%w: %d users, at most %d", errPacket, len(users), maxUsers)
	}
	var all []duo.Arrived
	for _, u := range users {
		if u.ID == "" || len(u.ID) > maxID {
			return nil, fmt.Errorf("%w: id of %d bytes, want 1 to %d", errPacket, len(u.ID), maxID)
		}
		a := duo.Arrived{ID: signaling.PeerID(u.ID), Name: u.Name}
		// Who joins again is listed twice.
		if !slices.ContainsFunc(all, func(b duo.Arrived) bool { return b.ID == a.ID }) {
			all = append(all, a)
		}
	}
	return all, nil
}

// refused says why Confab's own server lets nobody into a room.
func (p *packet) refused() error {
	var why struct {
		Reason string `json:"reason"`
	}
	if err := p.argument(&why); err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	if why.Reason == "rate-limited" {
		return signaling.ErrRateLimited
	}
	return fmt.Errorf("%w: the server says %q", signaling.ErrBadRoom, clip(why.Reason))
}

// word is what an event means; nil: nothing.
func (p *packet) word() (duo.Word, error) {
	switch p.event {
	case "getOffer", "getAnswer":
		var d sessionDescription
		if err := p.argument(&d); err != nil {
			return nil, err
		}
		if p.event == "getOffer" {
			return duo.Offer{SDP: d.SDP}, nil
		}
		return duo.Answer{SDP: d.SDP}, nil
	case "getCandidate":
		var c *signaling.Candidate // null: there are no more
		if err := p.argument(&c); err != nil || c == nil {
			return nil, err
		}
		return duo.Candidate{Candidate: *c}, nil
	case "room_users":
		others, err := p.others()
		if err != nil {
			return nil, err
		}
		return duo.Present{Others: others}, nil
	case "user_joined":
		var u user
		if err := p.argument(&u); err != nil || u.ID == "" || len(u.ID) > maxID {
			return nil, err
		}
		return duo.Announced{ID: signaling.PeerID(u.ID), Name: u.Name}, nil
	case "user_exit":
		var u user
		if err := p.argument(&u); err != nil || u.ID == "" {
			return nil, err
		}
		return duo.Gone{ID: signaling.PeerID(u.ID)}, nil
	}
	return nil, nil
}

// connect does both protocols' handshake and gives our ID.
func connect(s *socket.Socket) (string, error) {
	p, err := receive(s)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	var o opening
	if p.kind != engineOpen || json.Unmarshal(p.body, &o) != nil {
		return "", fmt.Errorf("%w: it begins with %.40q", signaling.ErrNotSignaling, string(p.kind)+string(p.body))
	}
	silence := time.Duration(min(max(0, o.PingInterval), 1e6)+min(max(0, o.PingTimeout), 1e6)) * time.Millisecond
	s.SetSilence(min(max(silence, minSilence), maxSilence))
	if err := s.Write([]byte(socketConnect)); err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	for range maxPrelude {
		p, err := receive(s)
		if err != nil {
			return "", fmt.Errorf("connect: %w", err)
		}
		switch p.kind {
		case socketConnect:
			var c connected
			if err := json.Unmarshal(p.body, &c); err != nil || c.SID == "" || len(c.SID) > maxID {
				return "", fmt.Errorf("%w: it gives us no id: %.40q", signaling.ErrNotSignaling, p.body)
			}
			return c.SID, nil
		case socketRefused:
			var said problem
			if err := json.Unmarshal(p.body, &said); err != nil {
				return "", fmt.Errorf("%w: refused: %.40q", signaling.ErrNotSignaling, p.body)
			}
			return "", &ServerError{Code: -1, Message: clip(said.Message)}
		}
	}
	return "", fmt.Errorf("%w: no answer to connect came", signaling.ErrNotSignaling)
}

// receive waits for a packet before the socket is started, and answers pings.
func receive(s *socket.Socket) (packet, error) {
	for {
		data, err := s.Read()
		if err != nil {
			return packet{}, err
		}
		p, err := parse(data)
		switch {
		case err != nil:
			return packet{}, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
		case p.kind == engineClose || p.kind == socketDisconnect:
			return packet{}, errDisconnected
		case p.reply() == nil:
			return p, nil
		}
		if err := s.Write(p.reply()); err != nil {
			return packet{}, err
		}
		if p.kind == socketEvent {
			return p, nil
		}
	}
}

// event gives the packet of an event of ours.
func event(name string, payload any) []byte {
	return append([]byte(socketEvent), signaling.JSON([]any{name, payload})...)
}

// ServerError is a refusal of the server's. It wraps the error of package signaling that belongs to its
// code, if there is one.
type ServerError struct {
	Code    int    // of Engine.IO, 0 to 5; -1: a refusal of Socket.IO, which has none
	Message string // in the server's words: not to be trusted, quoted in Error
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("Socket.IO server says %s: %q", strconv.Itoa(e.Code), e.Message)
}

// Unwrap is what callers decide on.
func (e *ServerError) Unwrap() error {
	switch e.Code {
	case -1, 4: // by its middleware; forbidden
		return signaling.ErrUnauthorized
	case 5:
		return signaling.ErrVersion
	}
	return nil
}

// parseRefusal reads the body of an HTTP answer; nil: it is none of Engine.IO's.
func parseRefusal(body []byte) error {
	var said problem
	if json.Unmarshal(body, &said) != nil || said.Code == nil || *said.Code < 0 || *said.Code > 5 {
		return nil
	}
	return &ServerError{Code: *said.Code, Message: clip(said.Message)}
}

func clip(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}
