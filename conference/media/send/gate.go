package send

import "time"

// keyFrameInterval is the least time between two key frames of a tier; a request after quiet is served
// by the next picture.
const keyFrameInterval = 300 * time.Millisecond

// gate coalesces the requests for a tier's key frames.
type gate struct {
	last    time.Time // when the last one was ordered
	pending bool
	hurried bool // the pending one does not wait
}

// request asks for a key frame.
func (g *gate) request() { g.pending = true }

// lost asks for a key frame because a peer could not decode something. Just after one that tells of what
// that one has repaired; if it was lost itself, the peer will ask again.
func (g *gate) lost(now time.Time) {
	if now.Sub(g.last) >= keyFrameInterval {
		g.pending = true
	}
}

// hurry asks for a key frame with the next picture, whenever the last one was.
func (g *gate) hurry() { g.pending, g.hurried = true, true }

// served says that a key frame has just left: it answers whatever was asked before.
func (g *gate) served() { g.pending, g.hurried = false, false }

// due is when the pending request may be served; zero without one.
func (g *gate) due() time.Time {
	if !g.pending {
		return time.Time{}
	}
	if g.hurried {
		return g.last
	}
	return g.last.Add(keyFrameInterval)
}

// take tells whether the picture of now is to be a key frame, and takes it as ordered if so.
func (g *gate) take(now time.Time) bool {
	if !g.pending || now.Before(g.due()) {
		return false
	}
	g.pending, g.hurried, g.last = false, false, now
	return true
}
