package wav_test

import (
	"bytes"
	"testing"

	"confab/conference/media/capture/wav"
)

func FuzzReader(f *testing.F) {
	f.Add(file(1, 2, 16, 44100, []int16{1, 2, 3, 4}))
	f.Add(file(3, 1, 32, 192000, []float32{0.5}))
	f.Add(file(0xFFFE, 1, 16, 48000, []int16{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if r.Rate < wav.MinRate || r.Rate > wav.MaxRate || r.Samples < 1 || r.Samples > int64(len(b)) {
			t.Fatalf("accepted %+v with %d samples in %d bytes", r.Format, r.Samples, len(b))
		}
		block, total := make([]float32, 7), int64(0)
		for {
			n, err := r.Read(block)
			total += int64(n)
			for _, v := range block[:n] {
				if !(v >= -1 && v <= 1) {
					t.Fatalf("sample %v", v)
				}
			}
			if err != nil {
				break
			}
		}
		if total != r.Samples {
			t.Errorf("read %d samples of %d", total, r.Samples)
		}
	})
}
