package vp8rtp_test

import (
	"fmt"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

// One frame goes to a peer in packets that carry the peer's own numbers.
func Example() {
	frame := &media.EncodedFrame{Data: make([]byte, 3000), TemporalID: 1, LayerSync: true}
	packets := vp8rtp.Packetize(frame.Data, vp8rtp.MaxPayload)
	scratch := make([]byte, 0, vp8rtp.MaxPayload)
	for i := range packets.Len() {
		scratch = packets.AppendTo(scratch[:0], i, vp8rtp.Describe(frame, 4711, 42))
		d, piece, err := vp8rtp.Parse(scratch)
		fmt.Println(d.Start, d.PictureID, d.TL0PICIDX, d.TemporalID, len(piece), err)
	}
	// Output:
	// true 4711 42 1 1000 <nil>
	// false 4711 42 1 1000 <nil>
	// false 4711 42 1 1000 <nil>
}
