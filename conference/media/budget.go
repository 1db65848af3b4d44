package media

// Budget is what a path to a peer has for one source of pictures at a moment: what whoever encodes for
// the peer should keep to.
type Budget struct {
	BitsPerSecond int   // of encoded pictures, headers not included
	TopLayer      uint8 // the highest temporal layer that passes
	// Hold: nothing passes for now, so a picture need not be encoded for this path.
	Hold bool
	// NeedKey: pictures were thrown away, and nothing passes before a key frame.
	NeedKey bool
	// KeyFrameBytes is what the next key frame should have at most: a larger one would hold up what
	// follows it.
	KeyFrameBytes int
	// Generation changes whenever the path begins anew, at once and with a small key frame, because it
	// became much slower or was away.
	Generation uint64
}
