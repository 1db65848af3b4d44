package receive

import (
	"confab/conference/media/codec/vp8rtp"
)

// allLayers is one above the highest temporal layer there may be.
const allLayers = 4

// chain knows which frames can be decoded after those that were. A base frame refers to the base frame
// before it; a frame of layer n to the newest base frame and to frames of layers up to n, or, with the
// layer sync bit, to the base frame alone (RFC 7741 section 4.2).
type chain struct {
	needKey bool
	broken  [allLayers]bool // the upper layers of which a frame is missing
	last    vp8rtp.Descriptor
	tl0     uint8 // TL0PICIDX of the last base frame
}

// follows is what a chain says of a frame after a hole.
type follows uint8

const (
	never   follows = iota // it needs what is missing
	inTime                 // it can do without, but what is missing may still come
	already                // nothing is missing
)

// frame is what a chain looks at.
type frame struct {
	vp8rtp.Descriptor
	key bool
}

// takes tells whether f, whose packets follow those of the frame before without a gap, can be decoded.
func (c *chain) takes(f frame) bool {
	switch {
	case f.key:
		return true
	case c.needKey:
		return false
	case f.LayerSync:
		return true
	}
	for layer := range f.layer() {
		if c.broken[layer+1] {
			return false
		}
	}
	return true
}

// after tells whether f can be decoded although packets between the last frame and f are missing.
// harmless: all that is missing is known to be nobody's reference.
func (c *chain) after(f frame, harmless bool) follows {
	switch {
	case f.key:
		return already // what was before it is history
	case c.needKey:
		return never
	case f.HasPictureID && c.last.HasPictureID && f.PictureID == nextPictureID(c.last) && c.takes(f):
		return already // the missing packets held no frame
	case harmless && c.takes(f):
		return inTime
	case !f.HasTL0PICIDX || !f.HasTemporalID || !c.last.HasTL0PICIDX:
		return never
	case f.TemporalID == 0 && f.TL0PICIDX == c.tl0+1:
		return inTime // only upper layers are missing
	case f.TemporalID > 0 && f.TL0PICIDX == c.tl0 && f.LayerSync:
		return inTime
	}
	return never
}

func nextPictureID(d vp8rtp.Descriptor) uint16 {
	if d.ShortPictureID {
		return (d.PictureID + 1) & 0x7f
	}
	return (d.PictureID + 1) & vp8rtp.PictureIDMask
}

// took says that f goes to the decoder.
func (c *chain) took(f frame) {
	switch {
	case f.key:
		c.needKey, c.broken = false, [allLayers]bool{}
	case f.LayerSync:
		c.broken[f.layer()] = false // it begins its layer anew
	}
	if f.key || !f.HasTemporalID || f.TemporalID == 0 {
		c.tl0 = f.TL0PICIDX
	}
	c.last = f.Descriptor
}

// left says that f, complete, is not decoded.
func (c *chain) left(f frame) {
	if layer := f.layer(); layer > 0 {
		c.broken[layer] = c.broken[layer] || !f.NonReference
	} else {
		c.needKey = true
	}
	c.last.PictureID = f.PictureID
}

// lost says that frames of any upper layer may be missing.
func (c *chain) lost() {
	for layer := 1; layer < allLayers; layer++ {
		c.broken[layer] = true
	}
}

// layer is the temporal layer of f; that of a sender without layers is the base.
func (f frame) layer() uint8 {
	if !f.HasTemporalID {
		return 0
	}
	return f.TemporalID
}
