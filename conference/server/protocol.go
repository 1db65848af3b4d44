package server

import (
	"bytes"
	"encoding/json"
	"time"

	"confab/conference/signaling"
)

// What confab.v1 fixes: sizes in bytes, rates in messages.
const (
	subprotocol     = "confab.v1"
	protocolVersion = 1

	maxMessage  = 131072
	maxMetadata = 4096
	ratePerSec  = 200
	rateWindow  = 15 * time.Second
	maxMissed   = 64 // signals that wait for an absent member

	pingInterval = 15 * time.Second // one missed is the end
	helloWait    = 10 * time.Second

	closeRefused  = 4000
	closeReplaced = 4001
)

// Our own limits.
const (
	hardLimit     = 1 << 20          // bytes of one message; what is larger ends the connection
	writeWait     = 10 * time.Second // for one message to be taken by the network
	lingerWait    = 2 * time.Second  // for the other end to read why we close
	maxUnsent     = 256              // messages a slow member may be behind; then it is cut, and resumes
	maxLog        = maxUnsent + maxMissed
	maxLogBytes   = 2 << 20
	maxShare      = 96                    // messages of one sender that wait for one member
	shareBytes    = 256 << 10             // likewise, bytes; one message more may be taken
	maxDirect     = 64                    // answers that wait for one socket
	maxKeys       = 64                    // of a member's metadata
	maxGuesses    = 5                     // wrong passwords on one socket
	maxProtocols  = 16                    // versions listed in a hello
	maxBanned     = 256                   // removed members that a room remembers
	keptBuffer    = 4 * maxMessage        // bytes of a buffer that is kept for the next message, of any socket
	ackBytes      = 4 << 10               // sent to a member before a ping asks how far it has read
	maxIgnored    = 256                   // messages that are read over while the other end learns why we close
	refusalCost   = 10                    // messages that one which is refused counts for besides, and a ping
	refusalPause  = 20 * time.Millisecond // before the next message is read, and as much more for each one refused lately
	maxNuisance   = 25                    // such pauses at once
	nuisanceDecay = 1                     // forgotten a second
	paceBurst     = 128                   // messages that are read as they come; what follows is read at paceRate
	paceRate      = 2 * ratePerSec        // for a room of another instance refuses a flood a little later
	fewPings      = 3                     // are answered without such a pause
	maxGhosts     = 4                     // members, for each connection allowed: most of them would be away
)

// code is the program-readable part of an error message.
type code string

const (
	badMessage      code = "bad-message"
	tooLarge        code = "too-large"
	protocolUnknown code = "protocol-version"
	unauthorized    code = "unauthorized"
	badRoom         code = "bad-room"
	roomFull        code = "room-full"
	roomLocked      code = "room-locked"
	alreadyJoined   code = "already-joined"
	notJoined       code = "not-joined"
	noSuchPeer      code = "no-such-peer"
	rateLimited     code = "rate-limited"
	unknownType     code = "unknown-type"
	kicked          code = "kicked"
	replaced        code = "replaced"
)

// What a client sends, one type a message. Unknown keys are ignored.
type (
	header struct {
		Type string `json:"type"`
		RID  uint64 `json:"rid"`
	}
	hello struct {
		Protocol []int  `json:"protocol"`
		Key      string `json:"key"`
		Seq      uint64 `json:"seq"`
	}
	join struct {
		Room     string          `json:"room"`
		Name     string          `json:"name"`
		Password string          `json:"password"`
		Metadata json.RawMessage `json:"metadata"`
		Rejoin   bool            `json:"rejoin"`
	}
	signal struct {
		To   signaling.PeerID `json:"to"`
		Conn string           `json:"conn"`
		Data json.RawMessage  `json:"data"`
	}
	update struct {
		Name     *string         `json:"name"`
		Metadata json.RawMessage `json:"metadata"`
	}
	lock struct {
		On bool `json:"on"`
	}
	kick struct {
		ID signaling.PeerID `json:"id"`
	}
)

// What the server sends.
type (
	limits struct {
		Message    int `json:"message"`
		Metadata   int `json:"metadata"`
		Room       int `json:"room"`
		Name       int `json:"name"`
		Rate       int `json:"rate"`
		RateWindow int `json:"rateWindow"`
		Queue      int `json:"queue"`
	}
	welcome struct {
		Type         string                `json:"type"`
		Protocol     int                   `json:"protocol"`
		You          signaling.PeerID      `json:"you"`
		Resumed      bool                  `json:"resumed"`
		ResumeWindow int                   `json:"resumeWindow"` // seconds
		ICEServers   []signaling.ICEServer `json:"iceServers"`
		Limits       limits                `json:"limits"`
	}
	peer struct {
		ID       signaling.PeerID `json:"id"`
		Name     string           `json:"name"`
		Metadata metadata         `json:"metadata"`
		Joined   int64            `json:"joined"` // milliseconds since 1970
		State    string           `json:"state"`
	}
	joined struct {
		Type     string           `json:"type"`
		RID      uint64           `json:"rid,omitempty"`
		Room     string           `json:"room"`
		You      signaling.PeerID `json:"you"`
		Peers    []peer           `json:"peers"`
		MaxPeers int              `json:"maxPeers"`

		ICEServers []signaling.ICEServer `json:"iceServers,omitempty"` // besides those of welcome
	}
	peerMessage struct { // peer-joined, peer-updated
		Type string `json:"type"`
		Peer peer   `json:"peer"`
	}
	stateMessage struct { // peer-state, peer-left
		Type   string           `json:"type"`
		ID     signaling.PeerID `json:"id"`
		State  string           `json:"state,omitempty"`
		Reason string           `json:"reason,omitempty"`
	}
	answer struct { // pong, left
		Type string `json:"type"`
		RID  uint64 `json:"rid,omitempty"`
	}
	problem struct {
		Type    string           `json:"type"`
		Code    code             `json:"code"`
		Message string           `json:"message"`
		RID     uint64           `json:"rid,omitempty"`
		To      signaling.PeerID `json:"to,omitempty"`
		Fatal   bool             `json:"fatal,omitempty"`
	}
)

// passedOn is what the receiver of a signal is told, without the closing brace. Signals are most of what a
// server sends: this one is put together in one piece.
func (s *signal) passedOn(from signaling.PeerID) []byte {
	const keys = `{"type":"signal","from":,"conn":,"data":`
	sender, conn := encode(from), encode(s.Conn)
	b := make([]byte, 0, len(keys)+len(sender)+len(conn)+len(s.Data)+numberSize)
	b = append(append(b, `{"type":"signal","from":`...), sender...)
	b = append(append(b, `,"conn":`...), conn...)
	return append(append(b, `,"data":`...), s.Data...)
}

// encode gives the JSON form of one of our messages, without the escapes that HTML would need: they would
// let a message grow on its way.
func encode(message any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(message); err != nil {
		panic("server: encode: " + err.Error()) // our own types; raw parts were parsed before
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
