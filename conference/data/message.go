// Package data carries what two clients tell each other over their data channels.
//
// The control channel (negotiated, id 0, label "confab") carries JSON objects told apart by "kind":
// the signals of package signaling, and the messages of this package. Unknown kinds are ignored, so
// that a newer client can talk to an older one.
package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"confab/conference/media"
	"confab/conference/signaling"
)

// MaxMessage bounds one message of the control channel that is not a signal, in bytes.
const MaxMessage = 8 << 10

// ErrMessage is what every refused message is.
var ErrMessage = errors.New("malformed control message")

// ErrUnknown is a message of a kind that we do not know, a newer client's perhaps.
var ErrUnknown = errors.New("unknown kind of control message")

// Message is State, View or Chat.
type Message interface{ kind() string }

// State tells what we send, and our name, which is fit to be shown when it was parsed: what the signaling server is told as well, so that the call
// stays true without one.
type State struct {
	Name     string             `json:"name"`
	Metadata signaling.Metadata `json:"metadata"`
}

// View tells what we show of a slot: the tile's size in pixels, whether it can be seen at all, and
// whether it was pinned: its user wants to see it, whoever else there is.
type View struct {
	Slot          media.Slot
	Width, Height int
	Visible       bool
	Pinned        bool
}

// Chat is what somebody wrote, as CleanChat gives it.
type Chat struct{ Text string }

func (State) kind() string { return "state" }
func (View) kind() string  { return "view" }
func (Chat) kind() string  { return "chat" }

// envelope is every message's JSON form.
type envelope struct {
	Kind     string           `json:"kind"`
	Name     string           `json:"name,omitempty"`
	Metadata *json.RawMessage `json:"metadata,omitempty"`
	Slot     string           `json:"slot,omitempty"`
	Width    int              `json:"width,omitempty"`
	Height   int              `json:"height,omitempty"`
	Visible  bool             `json:"visible,omitempty"`
	Pinned   bool             `json:"pinned,omitempty"`
	Text     string           `json:"text,omitempty"`
}

// Kind is the kind of a control channel's object, or an error that wraps ErrMessage.
func Kind(b []byte) (string, error) {
	var k struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(b, &k); err != nil {
		return "", fmt.Errorf("%w: %v", ErrMessage, err)
	}
	return k.Kind, nil
}

// Append appends the JSON form of m to b.
func Append(b []byte, m Message) ([]byte, error) {
	e := envelope{Kind: m.kind()}
	switch m := m.(type) {
	case State:
		raw, err := json.Marshal(m.Metadata)
		if err != nil {
			return b, err
		}
		e.Name, e.Metadata = m.Name, (*json.RawMessage)(&raw)
	case View:
		e.Slot, e.Width, e.Height, e.Visible, e.Pinned = m.Slot.String(), m.Width, m.Height, m.Visible, m.Pinned
	case Chat:
		e.Text = m.Text
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // text would grow
	err := encoder.Encode(e)
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...), err
}

// Parse reads one message of at most MaxMessage bytes. Errors wrap ErrMessage and name the field and
// its limit, or ErrUnknown.
func Parse(b []byte) (Message, error) {
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMessage, len(b), MaxMessage)
	}
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMessage, err)
	}
	switch e.Kind {
	case "state":
		return e.state()
	case "view":
		return e.view()
	case "chat":
		text, err := CleanChat(e.Text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMessage, err)
		}
		return Chat{Text: text}, nil
	}
	return nil, fmt.Errorf("%w: %.32q", ErrUnknown, e.Kind)
}

func (e *envelope) state() (Message, error) {
	s := State{Name: signaling.CleanName(e.Name)}
	if e.Metadata == nil {
		return nil, fmt.Errorf("%w: state without metadata", ErrMessage)
	}
	if err := json.Unmarshal(*e.Metadata, &s.Metadata); err != nil {
		return nil, fmt.Errorf("%w: metadata: %v", ErrMessage, err)
	}
	return s, nil
}

func (e *envelope) view() (Message, error) {
	slot, ok := media.ParseSlot(e.Slot)
	if !ok || !slot.Video() {
		return nil, fmt.Errorf("%w: view of slot %.32q, want camera or screen", ErrMessage, e.Slot)
	}
	if e.Width < 0 || e.Height < 0 || e.Width > media.MaxDimension || e.Height > media.MaxDimension {
		return nil, fmt.Errorf("%w: view of %dx%d, at most %d each", ErrMessage, e.Width, e.Height, media.MaxDimension)
	}
	return View{Slot: slot, Width: e.Width, Height: e.Height, Visible: e.Visible, Pinned: e.Pinned}, nil
}
