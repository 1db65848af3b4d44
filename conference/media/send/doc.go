// Package send encodes each tier once and fans it out to every peer.
//
// A [Video] is one source of pictures, camera or screen. Its tiers are the sizes at which the source
// may be encoded, from the captured size down; a tier's encoder runs only while a peer needs it, and
// once however many peers there are. Each peer is a [VideoPeer] with a [Line], the way out. One
// goroutine owns all of them: it hands pictures to the encoders, each of which has a goroutine of its
// own, and pushes what they return into the lines of the peers that get that tier.
//
// With each picture every line is asked for its [media.Budget]. A peer gets the largest tier that its
// view shows and its budget carries; a tier is encoded at the rate of the peer that can take most, and
// those that take less get fewer temporal layers, or a smaller tier. What no peer can take is not
// encoded. When the machine is short of processor time, or pictures wait for their encoders, every
// second picture is left out, then the largest tiers.
//
// The order of events: a peer that is added, or that gets another tier, waits for a key frame of that
// tier, which is ordered at once; until then it keeps what it has. Requests for key frames are
// coalesced, at most one per tier in 300 ms; only a path that begins anew ([media.Budget.Generation])
// gets one at once, of the latest picture.
//
// An [Audio] is one source of sound with one Opus encoder, fanned out likewise to each peer's
// [SoundLine]. It falls silent in pauses, and once it is muted; it is the one that knows whether it is.
//
// Left to others: numbers, packets, pacing, repairs, and what a path carries (package pace).
package send

import (
	"time"

	"confab/conference/media"
)

// topLayer is the highest temporal layer of a tier.
const topLayer = 2

// Line is one peer's way out for pictures. No method but Clear may wait.
type Line interface {
	// Budget is what the peer can take now.
	Budget() media.Budget
	// SetDemand says how many bits per second could be used at most; 0: none, what waits may be dropped.
	SetDemand(bitsPerSecond int)
	// Push gives a picture, which is shared and must not be changed; layers above top are left out.
	// taken: it is on its way.
	Push(now time.Time, f *media.EncodedFrame, top uint8) (taken bool)
	// Clear drops what waits; once it has returned nothing of what was pushed before leaves.
	Clear()
}

// SoundLine is one peer's way out for sound. PushSound must not wait.
type SoundLine interface {
	// PushSound lends a packet for the call.
	PushSound(s *media.EncodedSound)
	// Clear drops what waits; once it has returned nothing of what was pushed before leaves.
	Clear()
}
