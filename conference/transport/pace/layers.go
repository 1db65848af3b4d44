package pace

import "confab/conference/media"

// topLayer is the highest temporal layer.
const topLayer = 2

// layers decides which temporal layers of the pictures pass to a peer, so that it can decode all that do.
type layers struct {
	wanted uint8              // the highest layer to send
	whole  [topLayer + 1]bool // by layer from 1: the peer has what pictures of it may refer to
}

// passes tells whether the peer gets f; it is asked for every picture, in order. Down goes at any
// picture. Up goes at one that refers to the base layer alone: the peer lacks what others of its layer
// refer to. A key frame brings everything.
func (l *layers) passes(f *media.EncodedFrame) bool {
	for i := l.wanted + 1; i <= topLayer; i++ {
		l.whole[i] = false
	}
	if f.KeyFrame {
		for i := range l.wanted {
			l.whole[i+1] = true
		}
	}
	layer := f.TemporalID
	if layer == 0 || layer > l.wanted {
		return layer == 0
	}
	if f.LayerSync {
		l.whole[layer] = true
		return true
	}
	for i := uint8(1); i <= layer; i++ {
		if !l.whole[i] {
			return false
		}
	}
	return true
}

// dropped says that a picture of a layer above the base did not leave: those that may refer to it do not
// pass either. The top layer is nobody's reference (its packets say so: N of RFC 7741 section 4.2).
func (l *layers) dropped(layer uint8) {
	if layer < topLayer {
		l.whole[layer] = false
	}
}
