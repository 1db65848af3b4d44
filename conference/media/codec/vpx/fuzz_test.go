//go:build cgo

package vpx_test

import (
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec/vpx"
)

// FuzzDecode puts two frames of anybody's between good ones. Whatever they are, nothing crashes, what
// is decoded has the size that the key frame stated, and the stream goes on with the next key frame.
func FuzzDecode(f *testing.F) {
	e := newEncoder(f, vpx.EncoderOptions{Width: 80, Height: 48})
	frames := encodeScene(f, e, 80, 48, 0, 12)
	good := frames[:2]
	other := encodeScene(f, newEncoder(f, vpx.EncoderOptions{Width: 33, Height: 17, TemporalLayers: 1}), 33, 17, 0, 3)
	for n := range frames[:len(frames)-1] {
		f.Add(frames[n].Data, frames[n+1].Data)
	}
	f.Add(other[0].Data, other[1].Data)
	f.Add(other[1].Data, other[0].Data)
	f.Add([]byte{}, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 160, 0x40, 90, 0xc0})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		d := newDecoder(t)
		decode(t, d, good[0]).Release()
		width, height := 80, 48
		for _, data := range [][]byte{one, two} {
			if w, h, ok := vpx.KeyFrameSize(data); ok {
				width, height = w, h
			}
			picture, err := d.Decode(data)
			if (picture == nil) == (err == nil) {
				t.Fatalf("Decode = %v, %v", picture, err)
			}
			if err != nil {
				continue
			}
			if picture.Width != width || picture.Height != height {
				t.Errorf("picture of %dx%d, want %dx%d", picture.Width, picture.Height, width, height)
			}
			if width > media.MaxDimension || height > media.MaxDimension {
				t.Errorf("a picture of %dx%d was taken", width, height)
			}
			picture.Release()
		}
		for _, encoded := range good {
			decode(t, d, encoded).Release()
		}
	})
}
