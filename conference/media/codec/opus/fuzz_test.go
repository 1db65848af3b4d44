//go:build cgo

package opus_test

import (
	"testing"

	"confab/conference/media/codec/opus"
)

func FuzzDecode(f *testing.F) {
	e := newEncoder(f, opus.EncoderOptions{})
	for i, packet := range encodeAll(f, e, voice(48000)) {
		if i%5 == 0 {
			f.Add(packet, i%2 == 0)
		}
	}
	f.Add([]byte{0xff, 0xff}, false)
	f.Add([]byte{}, true)
	good := encodeAll(f, e, voice(opus.PacketSamples))[0]
	f.Fuzz(func(t *testing.T, packet []byte, fec bool) {
		d := newDecoder(t)
		// A guard behind the buffer shows whether it is kept to.
		var buffer [opus.MaxPacketSamples + 64]int16
		for i := range buffer {
			buffer[i] = 12345
		}
		pcm := buffer[:opus.MaxPacketSamples]
		decode := d.Decode
		if fec {
			decode, pcm = d.DecodeFEC, buffer[:opus.PacketSamples]
		}
		n, err := decode(packet, pcm)
		if err == nil && (n < 1 || n > len(pcm)) {
			t.Errorf("%d samples", n)
		}
		for i, s := range buffer[len(pcm):] {
			if s != 12345 {
				t.Fatalf("sample %d behind the buffer was written", i)
			}
		}
		opus.HasFEC(packet)
		if n, err := d.Decode(good, pcm); err != nil || n != opus.PacketSamples {
			t.Errorf("afterwards Decode = %d, %v", n, err)
		}
	})
}
