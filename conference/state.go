package conference

import "confab/conference/mesh"

// ConnectionState is the state of a [PeerConnection]. There is no way back: a path under repair stays
// Connected, and a connection that failed is replaced by a new one.
type ConnectionState = mesh.State

// The states, in LiveSwitch's order; its allowed transitions are those of [ConnectionState].CanBecome.
const (
	StateNew          = mesh.StateNew
	StateInitializing = mesh.StateInitializing
	StateConnecting   = mesh.StateConnecting
	StateConnected    = mesh.StateConnected
	StateFailing      = mesh.StateFailing
	StateFailed       = mesh.StateFailed
	StateClosing      = mesh.StateClosing
	StateClosed       = mesh.StateClosed
)
