package vp8rtp_test

import (
	"bytes"
	"errors"
	"testing"

	"confab/conference/media/codec/vp8rtp"
)

func FuzzParseDescriptor(f *testing.F) {
	for _, c := range descriptors {
		f.Add(c.payload)
	}
	f.Add([]byte{0xff, 0xff, 0x7f, 0xff, 0xff, 0x00})
	f.Fuzz(func(t *testing.T, payload []byte) {
		d, rest, err := vp8rtp.Parse(payload)
		if err != nil {
			if !errors.Is(err, vp8rtp.ErrTruncated) || d != (vp8rtp.Descriptor{}) || rest != nil {
				t.Fatalf("Parse = %+v, % x, %v", d, rest, err)
			}
			return
		}
		if len(rest) == 0 || !bytes.HasSuffix(payload, rest) {
			t.Fatalf("rest % x of % x", rest, payload)
		}
		again := append(d.AppendTo(nil), rest...)
		d2, rest2, err := vp8rtp.Parse(again)
		if err != nil || d2 != d || !bytes.Equal(rest2, rest) {
			t.Fatalf("Parse(% x) = %+v, written again %+v, %v", payload, d, d2, err)
		}
		if third := append(d2.AppendTo(nil), rest2...); !bytes.Equal(third, again) {
			t.Fatalf("written % x, then % x", again, third)
		}
	})
}

func FuzzPacketize(f *testing.F) {
	f.Add([]byte("a frame"), 8)
	f.Add(make([]byte, 3000), 1200)
	f.Fuzz(func(t *testing.T, frame []byte, maxPayload int) {
		if maxPayload <= vp8rtp.DescriptorSize {
			return
		}
		packets := vp8rtp.Packetize(frame, maxPayload)
		var back []byte
		for i := range packets.Len() {
			payload := packets.AppendTo(nil, i, vp8rtp.Descriptor{HasPictureID: true, HasTL0PICIDX: true, HasTemporalID: true})
			if len(payload) > maxPayload || len(payload) <= vp8rtp.DescriptorSize {
				t.Fatalf("payload of %d bytes, limit %d", len(payload), maxPayload)
			}
			back = append(back, payload[vp8rtp.DescriptorSize:]...)
		}
		if !bytes.Equal(back, frame) {
			t.Fatal("the frame came back changed")
		}
	})
}
