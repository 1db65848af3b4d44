package transport

import "errors"

// Errors that callers decide on; they come wrapped with the details.
var (
	ErrClosed             = errors.New("connection is closed")
	ErrState              = errors.New("description does not fit the state of the negotiation")
	ErrBroken             = errors.New("negotiation failed halfway, the connection must be replaced")
	ErrDescription        = errors.New("session description is not usable")
	ErrCandidate          = errors.New("ICE candidate is not usable")
	ErrFingerprintChanged = errors.New("certificate fingerprint changed within the session")
	ErrIdentity           = errors.New("could not prove who they are")
	ErrHandshake          = errors.New("secure connection could not be set up")
	ErrNoPath             = errors.New("no network path to the other side")
	ErrPeerClosed         = errors.New("closed by the other side")
	ErrNotOpen            = errors.New("data channel is not open")
	ErrCongested          = errors.New("data channel has too much waiting to be sent")
	ErrTooLarge           = errors.New("message is too large")
	ErrNotText            = errors.New("message is not text")
	ErrCloseTimeout       = errors.New("connection did not close in time")
	ErrICEServer          = errors.New("ICE server is not valid")
)
