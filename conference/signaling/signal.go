package signaling

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Kind is what a signal does.
type Kind string

// The kinds of signals.
const (
	Offer      Kind = "offer"
	Answer     Kind = "answer"
	Candidates Kind = "candidates"
	Negotiate  Kind = "negotiate" // the answerer asks the offerer for an offer
	Bye        Kind = "bye"
)

// Limits of a signal, in bytes and entries.
const (
	MaxSDP        = 64 << 10
	MaxSignal     = 96 << 10
	MaxCandidates = 64
	MaxCandidate  = 1024
	MaxConnID     = 64
	MaxSlots      = 16
)

// Candidate is an RTCIceCandidateInit (W3C webrtc-pc section 4.8.1.1).
type Candidate struct {
	Candidate        string  `json:"candidate"`
	SDPMid           *string `json:"sdpMid,omitempty"`
	SDPMLineIndex    *uint16 `json:"sdpMLineIndex,omitempty"`
	UsernameFragment *string `json:"usernameFragment,omitempty"`
}

// Signal is what two members tell each other about their connection. Its JSON form is the same over a
// signaling server and over the control channel.
type Signal struct {
	Kind       Kind              `json:"kind"`
	Conn       ConnID            `json:"conn"`
	N          uint32            `json:"n"`               // rises per direction of Conn, from 1; what does not rise is dropped
	SDP        string            `json:"sdp,omitempty"`   // of an offer or answer
	Slots      map[string]string `json:"slots,omitempty"` // of an offer: mid to mic, camera, screen or screen-audio
	Candidates []Candidate       `json:"candidates,omitempty"`
	Add        []string          `json:"add,omitempty"` // of negotiate: audio or video lines wanted
	ICERestart bool              `json:"iceRestart,omitempty"`
	Re         uint32            `json:"re,omitempty"` // of an answer: the N of the offer it answers; 0: not told
	MAC        string            `json:"mac,omitempty"`
}

// ErrSignal is what every refused signal is.
var ErrSignal = errors.New("malformed signal")

// ParseSignal reads the JSON form of a signal of at most MaxSignal bytes and checks each field against
// its limit. Unknown keys are ignored. Errors wrap ErrSignal and name the field.
func ParseSignal(data []byte) (Signal, error) {
	if len(data) > MaxSignal {
		return Signal{}, fmt.Errorf("%w: %d bytes, at most %d", ErrSignal, len(data), MaxSignal)
	}
	var s Signal
	if err := json.Unmarshal(data, &s); err != nil {
		return Signal{}, fmt.Errorf("%w: %v", ErrSignal, err)
	}
	if err := s.Check(); err != nil {
		return Signal{}, err
	}
	return s, nil
}

// Check tells whether the signal keeps the protocol's limits.
func (s *Signal) Check() error {
	known := []Kind{Offer, Answer, Candidates, Negotiate, Bye}
	switch {
	case !slices.Contains(known, s.Kind):
		return fmt.Errorf("%w: kind %.32q is unknown", ErrSignal, string(s.Kind))
	case s.Conn == "" || len(s.Conn) > MaxConnID:
		return fmt.Errorf("%w: conn has %d bytes, want 1 to %d", ErrSignal, len(s.Conn), MaxConnID)
	case s.N == 0:
		return fmt.Errorf("%w: n is 0 or missing", ErrSignal)
	case len(s.SDP) > MaxSDP:
		return fmt.Errorf("%w: sdp has %d bytes, at most %d", ErrSignal, len(s.SDP), MaxSDP)
	case s.SDP == "" && (s.Kind == Offer || s.Kind == Answer):
		return fmt.Errorf("%w: %s without sdp", ErrSignal, s.Kind)
	case len(s.Slots) > MaxSlots:
		return fmt.Errorf("%w: slots has %d entries, at most %d", ErrSignal, len(s.Slots), MaxSlots)
	case len(s.Add) > MaxSlots:
		return fmt.Errorf("%w: add has %d entries, at most %d", ErrSignal, len(s.Add), MaxSlots)
	case len(s.Candidates) > MaxCandidates:
		return fmt.Errorf("%w: %d candidates, at most %d", ErrSignal, len(s.Candidates), MaxCandidates)
	}
	for i, c := range s.Candidates {
		if len(c.Candidate) > MaxCandidate {
			return fmt.Errorf("%w: candidate %d has %d bytes, at most %d", ErrSignal, i, len(c.Candidate), MaxCandidate)
		}
	}
	return nil
}
