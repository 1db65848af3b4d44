//go:build cgo

package vpx

import (
	"testing"

	"confab/conference/media"
)

// After 6.6 hours the count of ticks needs more than 31 bits, after 13 more than 32; a year needs 42.
func TestLongCallsDoNotOutgrowTheirTimestamps(t *testing.T) {
	var pool media.Pool
	f := pool.Frame(64, 48)
	defer f.Release()
	for _, begin := range []int64{1<<31 - 9000, 1<<32 - 9000, 1 << 42} {
		e, err := NewEncoder(EncoderOptions{Width: 64, Height: 48})
		if err != nil {
			t.Fatal(err)
		}
		// libvpx takes the first timestamp for its origin: let that be a small one.
		for n := range 40 {
			if n == 20 {
				e.pts = begin
			}
			for i := range f.Y {
				f.Y[i] = byte(i*n + n)
			}
			encoded, err := e.Encode(f, false)
			if err != nil || encoded == nil {
				t.Fatalf("from %d, picture %d: %v, %v", begin, n, encoded, err)
			}
			if encoded.KeyFrame != (n == 0) {
				t.Errorf("from %d, picture %d: key %v", begin, n, encoded.KeyFrame)
			}
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
