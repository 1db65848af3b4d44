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
	Sealed     Kind = "sealed" // another signal, or what belongs to it, that only who has the invitation's key can read
)

// Limits of a signal, in bytes and entries.
const (
	MaxSDP        = 64 << 10
	MaxSignal     = 96 << 10
	MaxCandidates = 64
	MaxCandidate  = 1024
	MaxConnID     = 64
	MaxSlots      = 16
	MaxMid        = 32  // of an m-line's identification tag (RFC 8843): slots' keys, sdpMid
	MaxLabel      = 32  // of what a slot carries, and of what negotiate asks for
	MaxFragment   = 256 // of an ICE user fragment (RFC 8839 section 5.4)
	MaxMAC        = 128
	MaxSealed     = 95 << 10 // in base64url: 72,960 bytes
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
	Sealed     string            `json:"sealed,omitempty"` // of sealed: base64url without padding
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

// Encode gives the JSON form of a signal that keeps the limits, without the escapes that HTML would need.
// Errors wrap ErrSignal.
func (s *Signal) Encode() ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	data := JSON(s)
	if len(data) > MaxSignal {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSignal, len(data), MaxSignal)
	}
	return data, nil
}

// Check tells whether the signal keeps the protocol's limits.
func (s *Signal) Check() error {
	known := []Kind{Offer, Answer, Candidates, Negotiate, Bye, Sealed}
	switch {
	case !slices.Contains(known, s.Kind):
		return fmt.Errorf("%w: kind %.32q is unknown", ErrSignal, string(s.Kind))
	case s.Conn == "" || len(s.Conn) > MaxConnID:
		return fmt.Errorf("%w: conn has %d bytes, want 1 to %d", ErrSignal, len(s.Conn), MaxConnID)
	case s.N == 0:
		return fmt.Errorf("%w: n is 0 or missing", ErrSignal)
	case len(s.SDP) > MaxSDP:
		return tooLong("sdp", len(s.SDP), MaxSDP)
	case s.SDP == "" && (s.Kind == Offer || s.Kind == Answer):
		return fmt.Errorf("%w: %s without sdp", ErrSignal, s.Kind)
	case (s.Kind == Sealed) != (s.Sealed != ""):
		return fmt.Errorf("%w: %s with %d bytes of sealed", ErrSignal, s.Kind, len(s.Sealed))
	case len(s.Sealed) > MaxSealed:
		return tooLong("sealed", len(s.Sealed), MaxSealed)
	case len(s.MAC) > MaxMAC:
		return tooLong("mac", len(s.MAC), MaxMAC)
	case len(s.Slots) > MaxSlots:
		return fmt.Errorf("%w: slots has %d entries, at most %d", ErrSignal, len(s.Slots), MaxSlots)
	case len(s.Add) > MaxSlots:
		return fmt.Errorf("%w: add has %d entries, at most %d", ErrSignal, len(s.Add), MaxSlots)
	case len(s.Candidates) > MaxCandidates:
		return fmt.Errorf("%w: %d candidates, at most %d", ErrSignal, len(s.Candidates), MaxCandidates)
	}
	return s.checkEntries()
}

// checkEntries checks each entry of the signal's lists, whose lengths are known to be within limits.
func (s *Signal) checkEntries() error {
	for mid, label := range s.Slots {
		if mid == "" || len(mid) > MaxMid {
			return fmt.Errorf("%w: mid of a slot has %d bytes, want 1 to %d", ErrSignal, len(mid), MaxMid)
		}
		if len(label) > MaxLabel {
			return tooLong("a slot", len(label), MaxLabel)
		}
	}
	for _, label := range s.Add {
		if label == "" || len(label) > MaxLabel {
			return fmt.Errorf("%w: entry of add has %d bytes, want 1 to %d", ErrSignal, len(label), MaxLabel)
		}
	}
	for i := range s.Candidates {
		if err := s.Candidates[i].check(); err != nil {
			return fmt.Errorf("%w in candidate %d", err, i)
		}
	}
	return nil
}

func (c *Candidate) check() error {
	switch {
	case len(c.Candidate) > MaxCandidate:
		return tooLong("candidate", len(c.Candidate), MaxCandidate)
	case c.SDPMid != nil && len(*c.SDPMid) > MaxMid:
		return tooLong("sdpMid", len(*c.SDPMid), MaxMid)
	case c.UsernameFragment != nil && len(*c.UsernameFragment) > MaxFragment:
		return tooLong("usernameFragment", len(*c.UsernameFragment), MaxFragment)
	}
	return nil
}

func tooLong(field string, size, limit int) error {
	return fmt.Errorf("%w: %s has %d bytes, at most %d", ErrSignal, field, size, limit)
}
