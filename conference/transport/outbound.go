package transport

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
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
	clocks  *sourceClocks

	bound atomic.Pointer[binding]

	// Owned by the caller of the Write methods.
	header     rtp.Header
	extensions []rtp.Extension
	level      [1]byte // payload of the extension for it
	repair     []byte  // payload of a repair
	repaired   uint16  // sequence number of the last repair or padding
	last       lastPacket
	told       sourceClock // what sender reports go by

	counters outboundCounters
}

// binding is what the negotiation said about the track.
type binding struct {
	writer  webrtc.TrackLocalWriter
	ssrc    uint32
	payload uint8
	level   uint8 // header extension for the level of sound (RFC 6464); 0: none
	repairs repairStream
}

func newOutbound(s media.Slot, open *atomic.Bool, numbers *numbering, clocks *sourceClocks) *Outbound {
	o := &Outbound{
		slot: s, id: s.String(), kind: webrtc.RTPCodecTypeAudio, mime: webrtc.MimeTypeOpus,
		open: open, numbers: numbers, clocks: clocks,
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
	return o.send(b, h, payload)
}

// WriteSound is WriteRTP for a packet of sound, whose level it tells in the header extension of RFC 6464
// if the other side takes that.
func (o *Outbound) WriteSound(h *rtp.Header, payload []byte, level media.SoundLevel) (int, error) {
	b := o.ready()
	if b == nil {
		return 0, nil
	}
	o.prepare(h)
	if b.level != 0 {
		o.level[0] = byte(level)
		if err := o.header.SetExtension(b.level, o.level[:]); err != nil {
			return 0, fmt.Errorf("tell the level of %s: %w", o.slot, err)
		}
	}
	return o.send(b, h, payload)
}

// send sends what was prepared.
func (o *Outbound) send(b *binding, h *rtp.Header, payload []byte) (int, error) {
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

// Captured tells what the slot's clock shows, for sender reports: what is written with the RTP timestamp
// next was captured at that instant. It is one of the Write methods.
func (o *Outbound) Captured(timestamp uint32, at time.Time) {
	if b := o.ready(); b != nil && (o.told.timestamp != timestamp || !o.told.captured.Equal(at)) {
		o.told = sourceClock{rate: clockRate(o.slot), timestamp: timestamp, captured: at}
		o.clocks.set(b.ssrc, o.told)
	}
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
				level: levelID(t.HeaderExtensions()), repairs: repairsOf(t, p.PayloadType),
			})
			return p, nil
		}
	}
	return webrtc.RTPCodecParameters{}, nil
}

// levelID is the number of the header extension for the level of sound (RFC 6464); 0: not negotiated, or
// none that a one-byte header can carry (RFC 8285 section 4.2).
func levelID(negotiated []webrtc.RTPHeaderExtensionParameter) uint8 {
	for _, e := range negotiated {
		if e.URI == sdp.AudioLevelURI && e.ID >= 1 && e.ID <= 14 {
			return uint8(e.ID)
		}
	}
	return 0
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
