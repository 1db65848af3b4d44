package capture

import "confab/conference/media"

// Tables from full range (JFIF) to the limited range of BT.601.
var limitedLuma, limitedChroma = limitedTables()

func limitedTables() (luma, chroma [256]byte) {
	for i := range 256 {
		luma[i] = byte((i*219+127)/255 + 16)
		chroma[i] = byte((i*224+127)/255 + 16)
	}
	return luma, chroma
}

// limitRange converts a picture of full range in place.
func limitRange(f *media.VideoFrame) {
	mapPlane(f.Y, &limitedLuma)
	mapPlane(f.U, &limitedChroma)
	mapPlane(f.V, &limitedChroma)
}

func mapPlane(plane []byte, table *[256]byte) {
	for i, v := range plane {
		plane[i] = table[v]
	}
}
