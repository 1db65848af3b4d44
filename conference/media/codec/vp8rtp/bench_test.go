package vp8rtp_test

import (
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// BenchmarkPacketize cuts and describes a frame of 5,000 bytes, one of 1,200 kbit/s at 30 a second.
func BenchmarkPacketize(b *testing.B) {
	encoded := &media.EncodedFrame{Data: randomFrame(5000)}
	scratch := make([]byte, 0, vp8rtp.MaxPayload)
	b.ReportAllocs()
	for b.Loop() {
		packets := vp8rtp.Packetize(encoded.Data, 0)
		d := vp8rtp.Describe(encoded, 1, 2)
		for i := range packets.Len() {
			scratch = packets.AppendTo(scratch[:0], i, d)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/frame")
}

func BenchmarkParse(b *testing.B) {
	payload := vp8rtp.Packetize(randomFrame(1100), 0).AppendTo(nil, 0, vp8rtp.Describe(&media.EncodedFrame{}, 1, 2))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := vp8rtp.Parse(payload); err != nil {
			b.Fatal(err)
		}
	}
}
