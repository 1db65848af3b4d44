package lan

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

// Limits of what is sent and received.
const (
	maxFrame     = 128 << 10 // bytes of a message
	maxGreeting  = 4 << 10   // bytes of a message before both have proved the password
	maxMembers   = 16        // others in a room
	maxAddresses = 4         // of a member, when members introduce each other
	maxSession   = 32        // bytes of a session's name
	version      = 1
)

var errWire = errors.New("message breaks the protocol")

// header is what every message has.
type header struct {
	Type string `json:"type"`
}

// The messages until both sides know that they are in one room: hello, welcome, proof; or error.
type (
	hello struct {
		Type     string `json:"type"`
		Protocol []int  `json:"protocol"`
		Room     string `json:"room"`
		Share    []byte `json:"share"`
	}
	welcome struct {
		Type     string `json:"type"`
		Protocol int    `json:"protocol"`
		Share    []byte `json:"share"`
		Proof    []byte `json:"proof"`
	}
	proof struct {
		Type  string `json:"type"`
		Proof []byte `json:"proof"`
	}
	refusal struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message,omitempty"`
	}
)

// The messages between members. The first one each way is member.
type (
	memberMessage struct {
		Type     string             `json:"type"`
		Name     string             `json:"name"`
		Metadata signaling.Metadata `json:"metadata"`
		Session  string             `json:"session"` // one stay in the room
		Rank     uint32             `json:"rank"`
		Highest  uint32             `json:"highest"` // rank that its sender knows of
		Room     beacon.RoomID      `json:"id"`      // tells rooms of one name apart, for those outside
		Port     uint16             `json:"port"`    // where its sender listens
		Yours    string             `json:"yours,omitempty"`
		Seen     uint64             `json:"seen,omitempty"` // of the session Yours: its highest signal that came
		Members  []contactMessage   `json:"members,omitempty"`
	}
	contactMessage struct {
		ID        signaling.PeerID `json:"id"`
		Addresses []string         `json:"addresses"`
	}
	signalMessage struct {
		Type string          `json:"type"`
		Seq  uint64          `json:"seq"` // from 1 in each direction of two sessions
		Data json.RawMessage `json:"data"`
	}
	pingMessage struct {
		Type string        `json:"type"`
		Seen uint64        `json:"seen"`
		Room beacon.RoomID `json:"id"`
	}
	updateMessage struct {
		Type     string             `json:"type"`
		Name     string             `json:"name"`
		Metadata signaling.Metadata `json:"metadata"`
	}
	membersMessage struct {
		Type    string           `json:"type"`
		Members []contactMessage `json:"members"`
	}
)

// encode gives a message with its length before it. Our own messages can always be written as JSON.
func encode(message any) []byte {
	data, err := json.Marshal(message)
	if err != nil {
		panic(fmt.Sprintf("lan: encode %T: %v", message, err))
	}
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(data)), uint32(len(data))), data...)
}

// readFrame reads a message of at most limit bytes.
func readFrame(r io.Reader, limit int) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n == 0 || n > uint32(limit) {
		return nil, fmt.Errorf("%w: %d bytes, want 1 to %d", errWire, n, limit)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	return data, nil
}

// decode reads the JSON of a message.
func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", errWire, err)
	}
	return nil
}

// The codes of refusals.
const (
	codeVersion      = "protocol-version"
	codeOtherRoom    = "other-room"
	codeUnauthorized = "unauthorized"
	codeRoomFull     = "room-full"
	codeRateLimited  = "rate-limited"
	codeBadMessage   = "bad-message"
)

var sentinels = map[string]error{
	codeVersion:      signaling.ErrVersion,
	codeOtherRoom:    ErrOtherRoom,
	codeUnauthorized: signaling.ErrUnauthorized,
	codeRoomFull:     signaling.ErrRoomFull,
	codeRateLimited:  signaling.ErrRateLimited,
}

// err is what a refusal means.
func (r *refusal) err() error {
	if known := sentinels[r.Code]; known != nil {
		return known
	}
	return fmt.Errorf("%w: it answers %.32q", signaling.ErrNotSignaling, r.Code)
}

// Errors besides those of package signaling.
var (
	ErrNobody    = errors.New("no member of the room answers at this address")
	ErrOtherRoom = errors.New("another room is at this address")
	ErrNoNetwork = errors.New("no network interface can be used")
)
