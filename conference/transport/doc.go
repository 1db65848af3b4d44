// Package transport is one pion connection: set-up, bandwidth estimate, pacing, statistics.
//
// An [Engine] holds what all connections of a client share (codecs, ICE servers, network); a [Conn] is
// one connection to one peer. Its media lines are fixed for its life: microphone, camera, screen,
// screen sound, and the control channel, created once by the offerer, all in both directions. What
// flows in a slot is what somebody writes to its [Outbound]; nothing flowing needs no negotiation. The
// same side makes every offer, so offers never collide (pion cannot roll back).
//
// The usual order, offerer on the left:
//
//	Offer ──────────────► Answer
//	Accept ◄────────────── its result
//	AddCandidates ◄──────► AddCandidates     whenever CandidatesFound is posted, even before the descriptions
//	StateChanged{connected}, ControlOpen, TrackStarted for each slot with its first packet
//	Offer(true) …                            a new path (RFC 8445 section 9), nothing else changes
//	Close, also after the other side did (StateChanged{closed, ErrPeerClosed})
//
// Everything that happens is posted as an [Event], from pion's goroutines, to a function that must not
// block. States come in order; when several changes fall together only the last is posted. An event
// that happened before Close may still be posted while Close runs.
//
// Every packet that leaves is numbered, and its time of departure kept, until the other side reports
// it: [Feedback] is what sub-package bandwidth lives on. In the other direction we report what arrives
// each 50 ms, and at once while a queue grows. Repairs are asked for by whoever receives
// ([Inbound.RequestRepair]) and made by whoever sends ([RepairRequested], [Outbound.WriteRepair]).
//
// Whatever comes from the other side is checked before pion sees it: a description's size and lines,
// its certificate fingerprint against that of the first one, the number of candidates. Who that side
// may be, when to restart and when to give up is left to the caller.
package transport
