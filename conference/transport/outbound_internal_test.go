package transport

import (
	"sync/atomic"
	"testing"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// sink is a negotiated line whose packets go nowhere.
type sink struct {
	codecs []webrtc.RTPCodecParameters
	last   rtp.Header
}

func (s *sink) CodecParameters() []webrtc.RTPCodecParameters           { return s.codecs }
func (s *sink) HeaderExtensions() []webrtc.RTPHeaderExtensionParameter { return nil }
func (s *sink) SSRC() webrtc.SSRC                                      { return 0xdecade }
func (s *sink) SSRCRetransmission() webrtc.SSRC                        { return 0 }
func (s *sink) SSRCForwardErrorCorrection() webrtc.SSRC                { return 0 }
func (s *sink) WriteStream() webrtc.TrackLocalWriter                   { return s }
func (s *sink) ID() string                                             { return "sink" }
func (s *sink) RTCPReader() interceptor.RTCPReader                     { return nil }
func (s *sink) Write(b []byte) (int, error)                            { return len(b), nil }
func (s *sink) WriteRTP(h *rtp.Header, payload []byte) (n int, _ error) {
	s.last = *h
	return h.MarshalSize() + len(payload), nil
}

func boundOutbound(t testing.TB) (*Outbound, *sink) {
	t.Helper()
	var open atomic.Bool
	open.Store(true)
	o := newOutbound(media.Camera, &open, newNumbering(), newSourceClocks())
	s := &sink{codecs: []webrtc.RTPCodecParameters{opusCodec, vp8RTXCodec, vp8Codec}}
	if _, err := o.Bind(s); err != nil {
		t.Fatal(err)
	}
	return o, s
}

func TestPacketsCarryWhatWasNegotiated(t *testing.T) {
	o, s := boundOutbound(t)
	h := rtp.Header{Version: 2, SequenceNumber: 5}
	if n, err := o.WriteRTP(&h, make([]byte, 100)); err != nil || n != 112 {
		t.Errorf("WriteRTP = %d, %v", n, err)
	}
	if s.last.SSRC != 0xdecade || s.last.PayloadType != payloadVP8 || s.last.SequenceNumber != 5 {
		t.Errorf("sent %v", s.last)
	}
	if err := o.Unbind(s); err != nil {
		t.Error(err)
	}
	if n, err := o.WriteRTP(&h, make([]byte, 100)); err != nil || n != 0 {
		t.Errorf("WriteRTP after Unbind = %d, %v", n, err)
	}
}

func TestWritingAllocatesNothing(t *testing.T) {
	o, _ := boundOutbound(t)
	h := rtp.Header{Version: 2}
	if err := h.SetExtension(1, []byte{1}); err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, 1200)
	if n := testing.AllocsPerRun(100, func() { _, _ = o.WriteRTP(&h, payload) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func BenchmarkWriteRTP(b *testing.B) {
	o, _ := boundOutbound(b)
	h := rtp.Header{Version: 2}
	payload := make([]byte, 1200)
	b.ReportAllocs()
	for b.Loop() {
		h.SequenceNumber++
		if _, err := o.WriteRTP(&h, payload); err != nil {
			b.Fatal(err)
		}
	}
}
