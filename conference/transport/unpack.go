package transport

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
)

// mostRepaired wait to be read in a slot, in packets.
const mostRepaired = 256

// unpacker takes the repairs that arrive out of their stream (RFC 4588 section 4) and gives them to
// their slot at once. pion would give each of them together with the stream's next packet, which after
// the last packet of a picture comes a whole picture later. It stands farthest from the network. One a
// connection.
type unpacker struct {
	interceptor.NoOp

	mu    sync.Mutex
	slots map[uint32]*Inbound // by SSRC of the repairs
}

func newUnpacker() *unpacker { return &unpacker{slots: map[uint32]*Inbound{}} }

// NewInterceptor is the connection's own (interceptor.Factory).
func (u *unpacker) NewInterceptor(string) (interceptor.Interceptor, error) { return u, nil }

// expect makes repairs of a stream go to a slot, instead of those of the slot's stream before.
func (u *unpacker) expect(repairs uint32, in, before *Inbound) {
	if repairs == 0 {
		return // none, or it is told with the first one, as in simulcast: pion's way is left
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for ssrc, other := range u.slots {
		if other == before {
			delete(u.slots, ssrc)
		}
	}
	u.slots[repairs] = in
}

// BindRemoteStream is called by pion for each stream that arrives.
func (u *unpacker) BindRemoteStream(info *interceptor.StreamInfo, next interceptor.RTPReader) interceptor.RTPReader {
	if !isRepair(info) {
		return next
	}
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		n, a, err := next.Read(b, a)
		if err != nil {
			return n, a, err
		}
		u.mu.Lock()
		in := u.slots[info.SSRC]
		u.mu.Unlock()
		if in == nil {
			return n, a, nil
		}
		if p, ok := unpack(b[:n], in.SSRC(), uint8(in.track.PayloadType())); ok {
			in.repair(p)
		}
		return 0, a, nil // nothing is left for pion
	})
}

// unpack makes a packet of media of its repair; false: it is padding, or nothing at all.
func unpack(b []byte, ssrc uint32, payloadType uint8) (*rtp.Packet, bool) {
	p := &rtp.Packet{}
	if p.Unmarshal(append(make([]byte, 0, len(b)), b...)) != nil || len(p.Payload) < 2 {
		return nil, false
	}
	p.SSRC, p.PayloadType = ssrc, payloadType
	p.SequenceNumber = uint16(p.Payload[0])<<8 | uint16(p.Payload[1])
	p.Payload = p.Payload[2:]
	p.Header.Padding, p.Header.PaddingSize = false, 0
	return p, true
}

// repairs are those that wait for the slot's reader.
type repairs struct {
	mu      sync.Mutex
	waiting []*rtp.Packet
	woken   bool // the reader is made to return
}

// repair hands a packet to ReadRTP, which may be waiting for one of media.
func (in *Inbound) repair(p *rtp.Packet) {
	r := &in.repairs
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == mostRepaired {
		return
	}
	r.waiting = append(r.waiting, p)
	if !r.woken {
		r.woken = true
		in.setDeadline(time.Unix(1, 0))
	}
}

// takeRepair is the next one that waits; nil: none does, and ReadRTP may wait for media again.
func (in *Inbound) takeRepair() *rtp.Packet {
	r := &in.repairs
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		if r.woken {
			r.woken = false
			in.setDeadline(time.Time{})
		}
		return nil
	}
	p := r.waiting[0]
	r.waiting = r.waiting[1:]
	return p
}

// setDeadline ends a wait of the track's reader, or lets it wait. It works on memory alone.
func (in *Inbound) setDeadline(t time.Time) {
	if err := in.track.SetReadDeadline(t); err != nil {
		in.conn.log.Debug("reader not woken for a repair", "slot", in.slot, "err", err)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
