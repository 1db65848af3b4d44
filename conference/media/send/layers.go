package send

import "confab/conference/media"

// topLayer is the highest temporal layer of a tier.
const topLayer = 2

// layers decides which temporal layers of a tier a peer gets.
type layers struct {
	wanted  uint8 // the highest layer to send
	current uint8 // the highest layer that the peer can decode
}

// passes tells whether the peer gets f; it is asked for every frame of the tier, in order. Down goes at
// any frame. Up goes one layer at a time and only at a frame of that layer which refers to the base
// layer alone: the peer lacks what others of that layer refer to. A key frame brings everything.
func (l *layers) passes(f *media.EncodedFrame) bool {
	switch {
	case f.KeyFrame:
		l.current = l.wanted
		return true
	case l.wanted < l.current:
		l.current = l.wanted
	case l.wanted > l.current && f.TemporalID == l.current+1 && f.LayerSync:
		l.current++
	}
	return f.TemporalID <= l.current
}
