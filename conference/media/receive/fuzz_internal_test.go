package receive

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// FuzzAssembler feeds packets made of the input: per packet a step in time, a step of the sequence
// number and of the timestamp, flags, and a payload. What the assembler gives goes to nobody; its ring
// must stay whole, and its deadlines must move on.
func FuzzAssembler(f *testing.F) {
	s := &stream{sequence: 1<<16 - 5}
	var seed []byte
	for i := range 20 {
		for _, p := range s.frame(i%8 == 0) {
			if i%5 == 3 {
				continue
			}
			step := byte(1)
			if p.Marker {
				step |= 0x80
			}
			seed = append(seed, 10, step, 0, byte(p.Timestamp>>8), byte(len(p.Payload)))
			seed = append(seed, p.Payload...)
		}
	}
	f.Add(seed)
	f.Add([]byte{0, 0xff, 0x7f, 0, 0, 200, 1, 0, 1, 4, 0x10, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRig(t)
		sequence := uint16(1<<16 - 5)
		for len(b) >= 5 {
			size := min(int(b[4]), len(b)-5)
			sequence += uint16(int8(b[1]<<1)>>1) + uint16(b[2])<<8
			p := &rtp.Packet{
				Header: rtp.Header{
					SequenceNumber: sequence, Marker: b[1]&0x80 != 0, SSRC: uint32(b[2] >> 7),
					Timestamp: uint32(binary.BigEndian.Uint16(b[2:4])) * 1000,
				},
				Payload: b[5 : 5+size],
			}
			r.wait(time.Duration(b[0]) * time.Millisecond)
			r.got = r.got[:0]
			r.push(p)
			if b[0] == 255 {
				r.assembler.failed(r.now, r.number)
			}
			b = b[5+size:]
		}
		if len(b) > 0 {
			r.limit = b[0] % 5
		}
		r.wait(10 * time.Second)
		if r.missing > 0 {
			t.Errorf("%d packets are still waited for after 10 s", r.missing)
		}
	})
}
