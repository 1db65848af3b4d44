package vpx

// slot is one place in the repeating pattern of temporal layers.
type slot struct {
	temporalID uint8
	sync       bool // refers to the base layer alone
	flags      int  // VP8_EFLAG_…, see below
}

// What a frame refers to and changes. The base layer lives in the last frame buffer, the middle one in
// the golden one. Nothing above the base changes the probabilities that later frames are coded with, so
// frames decode to the same bits whether or not upper ones were left out.
const (
	noReferenceLast   = 1 << 16
	noReferenceGolden = 1 << 17
	noReferenceAltRef = 1 << 21
	noUpdateLast      = 1 << 18
	noUpdateGolden    = 1 << 22
	noUpdateAltRef    = 1 << 23
	noUpdateEntropy   = 1 << 20

	onBase       = noReferenceGolden | noReferenceAltRef
	onMiddle     = noReferenceAltRef
	updateNone   = noUpdateLast | noUpdateGolden | noUpdateAltRef | noUpdateEntropy
	updateBase   = noUpdateGolden | noUpdateAltRef
	updateMiddle = noUpdateLast | noUpdateAltRef | noUpdateEntropy
)

// pattern is one period for the given number of layers, 1 to 3. With three, every second frame belongs
// to the top and every fourth to the base: they get 41, 19 and 40 % of the bits.
func pattern(layers int) []slot {
	base := slot{0, false, onBase | updateBase}
	switch layers {
	case 1:
		return []slot{{}}
	case 2:
		return []slot{base, {1, true, onBase | updateNone}}
	}
	return []slot{
		base,
		{2, true, onBase | updateNone},
		{1, true, onBase | updateMiddle},
		{2, false, onMiddle | updateNone},
	}
}
