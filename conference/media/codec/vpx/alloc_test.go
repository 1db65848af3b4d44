//go:build cgo

package vpx_test

import (
	"testing"

	"confab/conference/media/codec/vpx"
)

func TestNothingIsAllocatedPerFrame(t *testing.T) {
	e, d := newEncoder(t, vpx.EncoderOptions{Width: 320, Height: 180, BitsPerSecond: 300_000}), newDecoder(t)
	frames := scenes(320, 180, 4)
	n := 0
	allocations := testing.AllocsPerRun(200, func() {
		encoded, err := e.Encode(frames[n%len(frames)], n == 0)
		if err != nil {
			t.Fatal(err)
		}
		decode(t, d, encoded).Release()
		if err := e.SetRate(300_000+n%2*1000, 30); err != nil {
			t.Fatal(err)
		}
		n++
	})
	if allocations != 0 {
		t.Errorf("%v allocations a frame", allocations)
	}
}
