package mesh

import "fmt"

// State is the state of a connection, in LiveSwitch's order and with its transitions. There is no way
// back: a path under repair stays Connected, and a connection that failed is replaced by a new one.
type State uint8

// The states.
const (
	StateNew State = iota + 1
	StateInitializing
	StateConnecting
	StateConnected
	StateFailing
	StateFailed
	StateClosing
	StateClosed
)

var stateNames = [...]string{"", "new", "initializing", "connecting", "connected", "failing", "failed", "closing", "closed"}

// String is the state's name in lower case.
func (s State) String() string {
	if s < StateNew || s > StateClosed {
		return fmt.Sprintf("State(%d)", uint8(s))
	}
	return stateNames[s]
}

// next holds the allowed transitions, one bit a state.
var next = [...]uint16{
	StateNew:          1<<StateInitializing | 1<<StateFailing | 1<<StateClosing,
	StateInitializing: 1<<StateConnecting | 1<<StateFailing | 1<<StateClosing,
	StateConnecting:   1<<StateConnected | 1<<StateFailing | 1<<StateClosing,
	StateConnected:    1<<StateFailing | 1<<StateClosing,
	StateFailing:      1 << StateFailed,
	StateFailed:       0,
	StateClosing:      1<<StateClosed | 1<<StateFailing,
	StateClosed:       0,
}

// CanBecome tells whether the transition from s to t is allowed.
func (s State) CanBecome(t State) bool {
	return s >= StateNew && s <= StateClosed && next[s]&(1<<t) != 0
}

// Ended tells whether the connection is over or ending: its view is gone.
func (s State) Ended() bool { return s >= StateFailing }
