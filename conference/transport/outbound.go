package transport

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// Outbound is what we send in one slot. It is the slot's track for the life of the connection: what
// flows changes, the track does not.
type Outbound struct {
	slot media.Slot
	id   string
	kind webrtc.RTPCodecType
	mime string
	open *atomic.Bool // the handshake is done

	numbers *numbering

	bound atomic.Pointer[binding]

	// Owned by the caller of the Write methods.
	header     rtp.Header
	extensions []rtp.Extension
	repair     []byte // payload of a repair
	repaired   uint16 // sequence number of the last repair or padding
	last       lastPacket

	counters outboundCounters
}

// binding is what the negotiation said about the track.
type binding struct {
	writer  webrtc.TrackLocalWriter
	ssrc    uint32
	payload uint8
	repairs repairStream
}

func newOutbound(s media.Slot, open *atomic.Bool, numbers *numbering) *Outbound {
	o := &Outbound{
		slot: s, id: s.String(), kind: webrtc.RTPCodecTypeAudio, mime: webrtc.MimeTypeOpus,
		open: open, numbers: numbers,
	}
	if s.Video() {
		o.kind, o.mime = webrtc.RTPCodecTypeVideo, webrtc.MimeTypeVP8
	}
	return o
}

// newSpare is the Outbound of a line that is no slot; nobody writes to it.
func newSpare(l line, open *atomic.Bool) *Outbound {
	o := &Outbound{id: "spare-" + l.mid, kind: webrtc.RTPCodecTypeAudio, mime: webrtc.MimeTypeOpus, open: open}
	if l.kind == "video" {
		o.kind, o.mime = webrtc.RTPCodecTypeVideo, webrtc.MimeTypeVP8
	}
	return o
}

// WriteRTP sends one packet with the slot's SSRC and payload type in place of h's, and adds the
// transport-wide sequence number; h stays as it is. payload may be reused on return. It returns the
// bytes sent: 0 and no error while the slot cannot send (before the connection is up, after it closed,
// or if the other side does not take the slot). It does not wait. One caller at a time.
func (o *Outbound) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	b := o.ready()
	if b == nil {
		return 0, nil
	}
	o.prepare(h)
	o.header.SSRC, o.header.PayloadType = b.ssrc, b.payload
	if b.repairs.ssrc != 0 {
		o.last.keep(h, payload)
	}
	n, err := b.writer.WriteRTP(&o.header, payload)
	o.extensions = o.header.Extensions
	if err != nil {
		if errors.Is(err, io.ErrClosedPipe) {
			return 0, nil
		}
		return n, err
	}
	o.counters.packets.Add(1)
	o.counters.bytes.Add(uint64(len(payload)))
	return n, nil
}

// ready is the negotiated line, if packets can leave; else nil.
func (o *Outbound) ready() *binding {
	if !o.open.Load() {
		return nil
	}
	return o.bound.Load()
}

// prepare copies a header: the interceptors add extensions to the one they get, in space that is reused.
func (o *Outbound) prepare(h *rtp.Header) {
	o.header = *h
	o.header.Extensions = append(o.extensions[:0], h.Extensions...)
}

// Bind is called by pion when the negotiation is done (webrtc.TrackLocal). If the other side does not
// take our codec, nothing will be sent; an error would leave pion between two states.
func (o *Outbound) Bind(t webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, p := range t.CodecParameters() {
		if strings.EqualFold(p.MimeType, o.mime) {
			o.bound.Store(&binding{
				writer: t.WriteStream(), ssrc: uint32(t.SSRC()), payload: uint8(p.PayloadType),
				repairs: repairsOf(t, p.PayloadType),
			})
			return p, nil
		}
	}
	return webrtc.RTPCodecParameters{}, nil
}

// Unbind is called by pion when the track ends (webrtc.TrackLocal).
func (o *Outbound) Unbind(webrtc.TrackLocalContext) error {
	o.bound.Store(nil)
	return nil
}

// ID is the track's name, the slot's (webrtc.TrackLocal).
func (o *Outbound) ID() string { return o.id }

// RID is empty: one encoding a track (webrtc.TrackLocal).
func (o *Outbound) RID() string { return "" }

// StreamID is the group that plays in step: a person, or a screen (webrtc.TrackLocal).
func (o *Outbound) StreamID() string {
	switch o.slot {
	case media.Microphone, media.Camera:
		return "person"
	case media.Screen, media.ScreenAudio:
		return "screen"
	}
	return "spare"
}

// Kind is audio or video (webrtc.TrackLocal).
func (o *Outbound) Kind() webrtc.RTPCodecType { return o.kind }
