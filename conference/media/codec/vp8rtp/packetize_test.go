package vp8rtp_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

func randomFrame(size int) []byte {
	frame := make([]byte, size)
	r := rand.New(rand.NewPCG(1, uint64(size)))
	for i := range frame {
		frame[i] = byte(r.Uint32())
	}
	return frame
}

func TestFramesComeBackFromTheirPackets(t *testing.T) {
	for _, size := range []int{1, 2, 1193, 1194, 1195, 2388, 2389, 10_000, 250_007} {
		frame := randomFrame(size)
		encoded := &media.EncodedFrame{Data: frame, TemporalID: 1, LayerSync: true}
		packets := vp8rtp.Packetize(frame, 0)
		if want := (size + 1193) / 1194; packets.Len() != want {
			t.Errorf("%d bytes: %d packets, want %d", size, packets.Len(), want)
		}
		var back []byte
		least, most := size, 0
		for i := range packets.Len() {
			payload := packets.AppendTo(nil, i, vp8rtp.Describe(encoded, 0xffff, 7))
			if len(payload) > vp8rtp.MaxPayload {
				t.Fatalf("%d bytes: payload of %d bytes", size, len(payload))
			}
			d, piece, err := vp8rtp.Parse(payload)
			if err != nil {
				t.Fatal(err)
			}
			want := vp8rtp.Descriptor{
				Start: i == 0, PictureID: 0x7fff, TL0PICIDX: 7, TemporalID: 1, LayerSync: true,
				HasPictureID: true, HasTL0PICIDX: true, HasTemporalID: true,
			}
			if d != want {
				t.Fatalf("descriptor %+v, want %+v", d, want)
			}
			least, most = min(least, len(piece)), max(most, len(piece))
			back = append(back, piece...)
		}
		if !bytes.Equal(back, frame) {
			t.Errorf("%d bytes came back changed", size)
		}
		if most-least > 1 {
			t.Errorf("%d bytes: pieces of %d to %d bytes", size, least, most)
		}
	}
}

func TestAnEmptyFrameHasNoPackets(t *testing.T) {
	if n := vp8rtp.Packetize(nil, 0).Len(); n != 0 {
		t.Errorf("Len = %d", n)
	}
}

func TestFramesOfTheTopLayerAreNobodysReference(t *testing.T) {
	for id, want := range []bool{false, false, true} {
		d := vp8rtp.Describe(&media.EncodedFrame{TemporalID: uint8(id)}, 0, 0)
		if d.NonReference != want {
			t.Errorf("layer %d: NonReference = %v", id, d.NonReference)
		}
	}
}

func TestRewriteChangesNumbersAlone(t *testing.T) {
	encoded := &media.EncodedFrame{Data: []byte{1, 2, 3}, TemporalID: 2}
	packets := vp8rtp.Packetize(encoded.Data, 0)
	payload := packets.AppendTo(nil, 0, vp8rtp.Describe(encoded, 1, 2))
	if !vp8rtp.Rewrite(payload, 0x7fff, 255) {
		t.Fatal("our own layout was refused")
	}
	if want := packets.AppendTo(nil, 0, vp8rtp.Describe(encoded, 0x7fff, 255)); !bytes.Equal(payload, want) {
		t.Errorf("payload % x, want % x", payload, want)
	}
	for name, c := range descriptors {
		if name == "all" {
			continue // it has all that Rewrite needs
		}
		before := bytes.Clone(c.payload)
		if vp8rtp.Rewrite(before, 5, 5) || !bytes.Equal(before, c.payload) {
			t.Errorf("%s was rewritten", name)
		}
	}
}

func TestPacketizingAllocatesNothing(t *testing.T) {
	encoded := &media.EncodedFrame{Data: randomFrame(20_000)}
	scratch := make([]byte, 0, vp8rtp.MaxPayload)
	allocations := testing.AllocsPerRun(100, func() {
		packets := vp8rtp.Packetize(encoded.Data, 0)
		for i := range packets.Len() {
			scratch = packets.AppendTo(scratch[:0], i, vp8rtp.Describe(encoded, 1, 2))
			vp8rtp.Rewrite(scratch, 2, 3)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations a frame", allocations)
	}
}
