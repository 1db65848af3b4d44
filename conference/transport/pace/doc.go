// Package pace decides what leaves to one peer, and when.
//
// A [Path] is the way to one peer, with one goroutine; a [Line] is its way for one slot. Sources push
// pictures and sound into lines and never wait. What the path carries is found out by an [Estimator]
// from what the peer reports; the path obeys, and tells each source of pictures its [media.Budget].
//
// Sound leaves at once: at most the one packet that is being written is ahead of it. Everything else is
// spaced in time, in this order: repairs of base layers, key frames, base layers, repairs of upper
// layers, then these. What waits for longer than 150 ms is thrown away from the top layer down, and
// beyond 300 ms all of it; then a key frame is needed ([media.Budget.NeedKey]). Sequence numbers,
// PictureID and TL0PICIDX are given when a packet leaves, so that the peer sees no gap that the network
// did not make.
//
// When the estimator finds that a path became slow, or was away, all that waits is thrown away, nothing
// that left before is repaired, and after a moment the sources are asked for a key frame that fits.
//
// A path that is stuck in its wire holds up nobody else. What a peer asks for again is answered from the
// last 512 packets of each slot, which share the encoder's memory.
//
// [Divide] shares the user's uplink among paths. Which tier a peer gets, and what is encoded, is decided
// by who pushes (package send).
package pace
