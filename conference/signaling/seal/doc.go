// Package seal keeps a room's signals from whoever carries them: only those who have the invitation's key can
// read them, or make them.
//
// A sealed room is joined by an invitation, [signaling.Invitation]. [Open] makes the driver of its signaling URL
// and wraps it; neither that driver nor the engine above knows. The carrier of the signals learns who is in the
// room by their IDs, when, and how much they tell each other; neither names nor addresses nor fingerprints, nor
// can it exchange one of them.
//
//	engine ── signals ── session (seals, opens) ── signals of kind "sealed" ── driver ── server
//
// Of two members one says hello with a random challenge, and the other answers with one of its own. From both
// challenges and the key follow the two keys of a [Channel], one for each direction, so nothing of an earlier
// hour can be said again. A member is told to the engine once its answer has proven that it has the key and
// is there now. Whoever has no key, or another one, is never told: [PeerError] says so instead.
//
// docs/signaling.md has the format, which needs nothing but HKDF-SHA-256 and AES-256-GCM.
package seal

import (
	"errors"

	"confab/conference/signaling"
)

// Errors that a PeerError wraps, and of opening.
var (
	ErrUnsealed = errors.New("member does not seal its signals")
	ErrOtherKey = errors.New("member has another invitation's key")
	ErrTampered = errors.New("sealed signal was changed on its way")
	ErrCannot   = errors.New("signaling of this kind cannot be sealed")

	errText   = errors.New("malformed sealed text")
	errReplay = errors.New("sealed signal was heard before")
)

// PeerError says that a member of the room cannot be talked to, or that somebody meddles with what it sends.
type PeerError struct {
	ID   signaling.PeerID
	Name string // as the server tells it, not to be trusted; empty: not known
	Err  error  // ErrUnsealed, ErrOtherKey or ErrTampered
}

func (e *PeerError) Error() string { return string(e.ID) + ": " + e.Err.Error() }

// Unwrap is one of the three.
func (e *PeerError) Unwrap() error { return e.Err }
