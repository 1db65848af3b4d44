package seal

import (
	"encoding/json"
	"fmt"

	"confab/conference/signaling"
)

// kindState is the word that is no signal.
const kindState = "state"

// State is what a member tells the others about itself.
type State struct {
	Name     string             `json:"name"`
	Metadata signaling.Metadata `json:"metadata"`
}

// encode gives a state's JSON form.
func (s State) encode() []byte {
	return signaling.JSON(struct {
		Kind string `json:"kind"`
		State
	}{kindState, s})
}

// parseState reads a state; its name is made fit to be shown.
func parseState(text []byte) (State, error) {
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, fmt.Errorf("%w: %w", errText, err)
	}
	s.Name = signaling.CleanName(s.Name)
	return s, nil
}

// parseWord reads what a channel has opened: a state, or a signal.
func parseWord(text []byte) (*State, signaling.Signal, error) {
	var head struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, signaling.Signal{}, fmt.Errorf("%w: %w", errText, err)
	}
	if head.Kind == kindState {
		s, err := parseState(text)
		return &s, signaling.Signal{}, err
	}
	s, err := signaling.ParseSignal(text)
	if err == nil && s.Kind == signaling.Sealed {
		err = fmt.Errorf("%w: sealed twice", errText)
	}
	return nil, s, err
}
