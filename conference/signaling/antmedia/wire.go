package antmedia

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"confab/conference/signaling"
)

const (
	maxICEText    = 512 // bytes of a URL, username or credential
	maxDefinition = 64  // bytes of an error's name
)

// What we send.
type (
	plain struct { // ping, getIceServerConfig, leave
		Command  string `json:"command"`
		StreamID string `json:"streamId,omitempty"`
	}
	join struct {
		Command   string `json:"command"`
		StreamID  string `json:"streamId"`
		MultiPeer bool   `json:"multiPeer"`
		Mode      string `json:"mode"`
	}
	configuration struct {
		Command  string `json:"command"`
		StreamID string `json:"streamId"`
		Type     string `json:"type"`
		SDP      string `json:"sdp"`
	}
	candidate struct {
		Command   string `json:"command"`
		StreamID  string `json:"streamId"`
		Label     uint16 `json:"label"` // of the media line: a number, or the Java side breaks
		ID        string `json:"id"`    // its mid, which Android demands
		Candidate string `json:"candidate"`
	}
)

// message is all that the server sends; unknown keys are ignored.
type message struct {
	Command    string `json:"command"`
	Definition string `json:"definition"`
	StreamID   string `json:"streamId"`
	Type       string `json:"type"`
	SDP        string `json:"sdp"`
	Label      label  `json:"label"`
	ID         string `json:"id"`
	Candidate  string `json:"candidate"`

	STUNServerURI        string `json:"stunServerUri"`
	TURNServerUsername   string `json:"turnServerUsername"`
	TURNServerCredential string `json:"turnServerCredential"`
}

// label is a media line's number; some senders write it as a string. What is neither is no number.
type label struct{ number *uint16 }

// UnmarshalJSON reads both forms.
func (l *label) UnmarshalJSON(data []byte) error {
	var n uint16
	if json.Unmarshal(bytes.Trim(data, `"`), &n) == nil && string(data) != "null" {
		l.number = &n
	}
	return nil
}

// parse reads a message. An error is one that is no JSON object, or of other types.
func parse(data []byte) (message, error) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return message{}, fmt.Errorf("message %.40q: %w", data, err)
	}
	return m, nil
}

// concerns tells whether the message is about the stream, or about no certain one.
func (m *message) concerns(stream string) bool { return m.StreamID == "" || m.StreamID == stream }

func (m *message) candidate() signaling.Candidate {
	c := signaling.Candidate{Candidate: m.Candidate, SDPMLineIndex: m.Label.number}
	if m.ID != "" {
		c.SDPMid = &m.ID
	}
	return c
}

// newCandidate gives a candidate of ours as the server passes it on.
func newCandidate(room string, c signaling.Candidate) candidate {
	out := candidate{Command: "takeCandidate", StreamID: room, Candidate: c.Candidate}
	if c.SDPMLineIndex != nil {
		out.Label = *c.SDPMLineIndex
	}
	if c.SDPMid != nil {
		out.ID = *c.SDPMid
	}
	return out
}

// iceServers is the server that iceServerConfig names, if it can be used.
func (m *message) iceServers() []signaling.ICEServer {
	uri := m.STUNServerURI
	u, err := url.Parse(uri)
	if err != nil || len(uri) > maxICEText || len(m.TURNServerUsername) > maxICEText || len(m.TURNServerCredential) > maxICEText ||
		!slices.Contains([]string{"stun", "stuns", "turn", "turns"}, u.Scheme) {
		return nil
	}
	s := signaling.ICEServer{URLs: []string{uri}}
	if strings.HasPrefix(u.Scheme, "turn") {
		s.Username, s.Credential = m.TURNServerUsername, m.TURNServerCredential
	}
	return []signaling.ICEServer{s}
}

// definition is the name of an error, printable and short.
func (m *message) definition() string {
	known := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, m.Definition[:min(len(m.Definition), maxDefinition)])
	if known == "" {
		return "unknown"
	}
	return known
}

// ServerError is an error message of the server. It wraps the error of package signaling that belongs to
// it, if there is one.
type ServerError struct {
	Definition string // such as streamIdInUse
}

func (e *ServerError) Error() string { return "Ant Media server says " + e.Definition }

// Unwrap is what callers decide on; nil for definitions that have no counterpart.
func (e *ServerError) Unwrap() error { return sentinels[e.Definition] }

var sentinels = map[string]error{
	"noStreamNameSpecified":     signaling.ErrBadRoom,
	"invalidStreamName":         signaling.ErrBadRoom,
	"streamIdInUse":             signaling.ErrRoomFull,
	"unauthorized_access":       signaling.ErrUnauthorized,
	"user_blocked":              signaling.ErrUnauthorized,
	"no_peer_associated_before": signaling.ErrNoSuchPeer,
	"highResourceUsage":         signaling.ErrUnreachable,
	"not_initialized_yet":       signaling.ErrUnreachable,
	"data_store_not_available":  signaling.ErrUnreachable,
}

// validStream tells whether the server takes a name for a stream ID.
func validStream(id string) bool {
	return id != "" && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && r != '.' && r != '-' && r != '_'
	})
}
