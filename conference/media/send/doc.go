// Package send encodes each tier once and fans it out to every peer.
//
// A [Video] is one source of pictures, camera or screen. Its tiers are the sizes at which the source
// may be encoded, from the captured size down; a tier's encoder runs only while a peer needs it, and
// once however many peers there are. Each peer is a [VideoPeer] with a [Sink], the way out. One
// goroutine owns all of them: it hands pictures to the encoders, each of which has a goroutine of its
// own, and cuts what they return into packets that differ from peer to peer only in their numbers.
//
// The order of events: a peer that is added, or that wants another tier, waits for a key frame of that
// tier, which is ordered at once; until then it keeps what it has. Requests for key frames are
// coalesced, at most one per tier in 300 ms. Packets are numbered when they leave, so that a peer never
// sees a gap that the network did not make.
//
// An [Audio] is one source of sound with one Opus encoder, fanned out likewise.
//
// Left to others: SSRC and payload type (the Sink's), retransmission, pacing and the choice of bit
// rates by what a path can take.
package send

import "github.com/pion/rtp"

// Sink is one peer's way out for one slot. It fills in SSRC and payload type.
type Sink interface {
	// WriteRTP sends one packet and must not wait for the network. h and payload are borrowed for the
	// call. An error is the sink's own matter: what follows is written all the same.
	WriteRTP(h *rtp.Header, payload []byte) (int, error)
}
