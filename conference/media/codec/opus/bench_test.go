//go:build cgo

package opus_test

import (
	"testing"

	"confab/conference/media/codec/opus"
)

func BenchmarkEncode(b *testing.B) {
	e, pcm := newEncoder(b, opus.EncoderOptions{}), voice(48000)
	packet := make([]byte, 0, opus.MaxPacket)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		from := n % 50 * opus.PacketSamples
		if _, err := e.Encode(packet, pcm[from:from+opus.PacketSamples]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/packet")
}

func BenchmarkDecode(b *testing.B) {
	packets := encodeAll(b, newEncoder(b, opus.EncoderOptions{}), voice(48000))
	d, pcm := newDecoder(b), make([]int16, opus.PacketSamples)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode(packets[n%len(packets)], pcm); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/packet")
}

func BenchmarkCopyFrom(b *testing.B) {
	d, other := newDecoder(b), newDecoder(b)
	b.ReportAllocs()
	for b.Loop() {
		d.CopyFrom(other)
	}
}
