package transport

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const (
	// mostPadding of a packet, in bytes: its length is told in one byte (RFC 3550 section 5.1).
	mostPadding = 255
	// numberBytes are those of the header extensions that every packet of pictures gets.
	numberBytes = 12
	// repeatFrom is the size from which padding is the last packet of media once more, in bytes.
	repeatFrom = 400
)

// repairStream is where packets are sent again (RFC 4588).
type repairStream struct {
	ssrc    uint32 // 0: the other side takes none
	payload uint8
}

// repairsOf is the stream of repairs that was negotiated for a payload type.
func repairsOf(t webrtc.TrackLocalContext, payload webrtc.PayloadType) repairStream {
	want := "apt=" + strconv.Itoa(int(payload))
	for _, p := range t.CodecParameters() {
		if strings.EqualFold(p.MimeType, webrtc.MimeTypeRTX) && p.SDPFmtpLine == want {
			return repairStream{ssrc: uint32(t.SSRCRetransmission()), payload: uint8(p.PayloadType)}
		}
	}
	return repairStream{}
}

// isRepair tells whether an incoming stream carries repairs.
func isRepair(info *interceptor.StreamInfo) bool {
	return strings.EqualFold(info.MimeType, webrtc.MimeTypeRTX)
}

// WriteRepair sends a packet again: h and payload are those of [Outbound.WriteRTP]. It goes on the
// slot's stream of repairs (RFC 4588 section 4) if the other side takes one, else as it was, bit by bit:
// then it must be one of the last 512 of the slot, and 64 later ones shut it out at the other side (the
// window of RFC 3711 section 3.3.2 against replays). It is not counted as sent media. Otherwise as
// WriteRTP; all Write methods of a slot have one caller at a time.
func (o *Outbound) WriteRepair(h *rtp.Header, payload []byte) (int, error) {
	n, err := o.writeAgain(h, payload)
	if n > 0 {
		o.counters.repairs.Add(1)
	}
	return n, err
}

func (o *Outbound) writeAgain(h *rtp.Header, payload []byte) (int, error) {
	b := o.ready()
	if b == nil {
		return 0, nil
	}
	w := o.numbers.writer(b.ssrc)
	if w == nil {
		return 0, nil
	}
	o.prepare(h)
	o.header.SSRC, o.header.PayloadType = b.ssrc, b.payload
	if b.repairs.ssrc == 0 {
		return o.written(w.writeAgain(&o.header, payload))
	}
	o.header.SSRC, o.header.PayloadType = b.repairs.ssrc, b.repairs.payload
	o.header.SequenceNumber = o.nextRepair()
	o.repair = append(o.repair[:0], byte(h.SequenceNumber>>8), byte(h.SequenceNumber))
	o.repair = append(o.repair, payload...)
	return o.write(w, o.repair)
}

// WritePadding sends a packet that nobody decodes, of about size bytes with its RTP header, and gives
// the bytes sent: 0 if the other side takes no repairs in this slot. Small ones are padding (RFC
// 3550 section 5.1) on the stream of repairs, up to some 290 bytes; larger ones are the last packet of
// media once more, which may even be of use. Otherwise as [Outbound.WriteRepair].
func (o *Outbound) WritePadding(size int) (int, error) {
	b := o.ready()
	if b == nil || b.repairs.ssrc == 0 {
		return 0, nil
	}
	if size >= repeatFrom && len(o.last.payload) > 0 && len(o.last.payload) <= size {
		return o.writeAgain(&o.last.header, o.last.payload)
	}
	w := o.numbers.writer(b.ssrc)
	if w == nil {
		return 0, nil
	}
	o.prepare(&rtp.Header{Version: 2, Timestamp: o.last.header.Timestamp})
	o.header.SSRC, o.header.PayloadType = b.repairs.ssrc, b.repairs.payload
	o.header.SequenceNumber = o.nextRepair()
	o.header.Padding = true
	o.header.PaddingSize = uint8(min(max(1, size-o.header.MarshalSize()-numberBytes), mostPadding))
	return o.write(w, nil)
}

// lastPacket is a copy of the last packet of media.
type lastPacket struct {
	header  rtp.Header // without extensions
	payload []byte
}

func (l *lastPacket) keep(h *rtp.Header, payload []byte) {
	l.header = rtp.Header{Version: 2, Marker: h.Marker, SequenceNumber: h.SequenceNumber, Timestamp: h.Timestamp}
	l.payload = append(l.payload[:0], payload...)
}

func (o *Outbound) nextRepair() uint16 {
	o.repaired++
	return o.repaired
}

// write sends o.header with the payload past the interceptors that count media.
func (o *Outbound) write(w interceptor.RTPWriter, payload []byte) (int, error) {
	return o.written(w.Write(&o.header, payload, nil))
}

// written is done with o.header.
func (o *Outbound) written(n int, err error) (int, error) {
	o.extensions = o.header.Extensions
	if errors.Is(err, io.ErrClosedPipe) {
		return 0, nil
	}
	if err != nil {
		return n, fmt.Errorf("send again in %s: %w", o.slot, err)
	}
	return n, nil
}
