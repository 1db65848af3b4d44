package transport

import (
	"fmt"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// Payload types, as Chromium numbers them.
const (
	payloadOpus   = 111
	payloadVP8    = 96
	payloadVP8RTX = 97
)

var (
	opusCodec = webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, // RFC 7587 section 4.1: always these
			SDPFmtpLine:  "minptime=10;useinbandfec=1",
			RTCPFeedback: []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBTransportCC}, {Type: webrtc.TypeRTCPFBNACK}},
		},
		PayloadType: payloadOpus,
	}
	vp8Codec = webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000,
			RTCPFeedback: []webrtc.RTCPFeedback{
				{Type: webrtc.TypeRTCPFBTransportCC},
				{Type: webrtc.TypeRTCPFBGoogREMB}, // of those without transport-cc
				{Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"},
				{Type: webrtc.TypeRTCPFBNACK},
				{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"},
			},
		},
		PayloadType: payloadVP8,
	}
	vp8RTXCodec = webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000,
			SDPFmtpLine: fmt.Sprintf("apt=%d", payloadVP8),
		},
		PayloadType: payloadVP8RTX,
	}
)

// extension is an RTP header extension (RFC 8285) and the kinds of media we offer it for. One that is
// offered for neither still takes its number.
type extension struct {
	uri          string
	audio, video bool
}

// extensions are Chromium's, in the order that gives each of them Chromium's number (pion numbers them
// 1 to 14 as they are registered): in one bundle a number must keep its meaning over all lines and
// offers, whoever made them. Only what we can honour is offered; a browser that was told we know
// video-orientation, for one, sends phone pictures unturned.
var extensions = [...]extension{
	{uri: sdp.AudioLevelURI, audio: true},
	{uri: sdp.ABSSendTimeURI, video: true},
	{uri: sdp.TransportCCURI, audio: true, video: true},
	{uri: sdp.SDESMidURI, audio: true, video: true},
	{uri: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"},
	{uri: "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"},
	{uri: "http://www.webrtc.org/experiments/rtp-hdrext/video-timing"},
	{uri: "http://www.webrtc.org/experiments/rtp-hdrext/color-space"},
	{uri: "urn:x-confab:unused-9"},
	{uri: sdp.SDESRTPStreamIDURI, video: true},
	{uri: sdp.SDESRepairRTPStreamIDURI, video: true},
	{uri: "urn:x-confab:unused-12"},
	{uri: "urn:3gpp:video-orientation"},
	{uri: "urn:ietf:params:rtp-hdrext:toffset"},
}

// newMediaEngine knows Opus with in-band FEC, and VP8 with retransmission.
func newMediaEngine() (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	if err := m.RegisterCodec(opusCodec, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, fmt.Errorf("register Opus: %w", err)
	}
	for _, c := range []webrtc.RTPCodecParameters{vp8Codec, vp8RTXCodec} {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, fmt.Errorf("register VP8: %w", err)
		}
	}
	for _, e := range extensions {
		kinds := []webrtc.RTPCodecType{webrtc.RTPCodecTypeUnknown} // takes the number, is never offered
		if e.audio {
			kinds = append(kinds, webrtc.RTPCodecTypeAudio)
		}
		if e.video {
			kinds = append(kinds, webrtc.RTPCodecTypeVideo)
		}
		for _, kind := range kinds {
			if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: e.uri}, kind); err != nil {
				return nil, fmt.Errorf("register header extension %s: %w", e.uri, err)
			}
		}
	}
	return m, nil
}
