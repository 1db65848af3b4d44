package pattern_test

import (
	"image"
	"testing"

	"confab/conference/media/capture/pattern"
)

// FuzzFindCodes lets any picture be searched: pictures come from others.
func FuzzFindCodes(f *testing.F) {
	f.Add(uint8(40), []byte{0, 0, 255, 255})
	f.Add(uint8(1), []byte{0})
	f.Fuzz(func(t *testing.T, width uint8, pix []byte) {
		w := int(width) + 1
		img := image.NewGray(image.Rect(0, 0, w, len(pix)/w))
		copy(img.Pix, pix)
		for _, found := range pattern.FindCodes(img) {
			if c, ok := pattern.ReadCodeRGBA(img, img.Bounds()); !ok {
				t.Errorf("found %+v, read %+v", found, c)
			}
		}
	})
}
