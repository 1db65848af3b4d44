package transport

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// line is one media line.
type line struct {
	mid      string // empty on rejected lines of an answer, if its writer left it out
	kind     string // audio, video, application or something else
	rejected bool   // port 0 (RFC 8829 section 5.3.1), and not only because it is bundled
	codec    bool   // ours is among its codecs
	receives bool   // its writer takes media from us
}

// media tells whether the line can be one of our slots.
func (l line) media() bool { return !l.rejected && l.codec }

func parseLine(m *sdp.MediaDescription) (line, error) {
	_, bundled := m.Attribute("bundle-only")
	rejected := m.MediaName.Port.Value == 0 && !bundled
	mid, _ := m.Attribute(sdp.AttrKeyMID)
	switch {
	case mid == "" && !rejected:
		return line{}, fmt.Errorf("mid is missing")
	case len(mid) > maxMID:
		return line{}, fmt.Errorf("mid has %d bytes, at most %d", len(mid), maxMID)
	case strings.ContainsFunc(mid, func(r rune) bool { return r <= ' ' || r > '~' }):
		return line{}, fmt.Errorf("mid %q has characters that are not allowed", mid)
	}
	_, sendOnly := m.Attribute(sdp.AttrKeySendOnly)
	_, inactive := m.Attribute(sdp.AttrKeyInactive)
	l := line{
		mid:      mid,
		kind:     m.MediaName.Media,
		rejected: rejected,
		receives: !sendOnly && !inactive,
	}
	if l.kind != "audio" && l.kind != "video" {
		return l, nil
	}
	var err error
	l.codec, err = checkMedia(m)
	return l, err
}

// checkMedia finds the faults that pion would find only after it had changed its state, and tells
// whether our codec of the line's kind is there.
func checkMedia(m *sdp.MediaDescription) (ours bool, err error) {
	wanted := opusCodec
	if m.MediaName.Media == "video" {
		wanted = vp8Codec
	}
	one := sdp.SessionDescription{MediaDescriptions: []*sdp.MediaDescription{m}}
	for _, f := range m.MediaName.Formats {
		payload, err := strconv.ParseUint(f, 10, 8)
		if err != nil || payload > 127 {
			return false, fmt.Errorf("payload type %.16q is not a number up to 127", f)
		}
		codec, err := one.GetCodecForPayloadType(uint8(payload))
		if err != nil && payload != 0 {
			return false, fmt.Errorf("payload type %d has no codec", payload)
		}
		if err := checkRepairOf(codec.Fmtp); err != nil {
			return false, fmt.Errorf("payload type %d: %v", payload, err)
		}
		ours = ours || isCodec(m.MediaName.Media, codec, wanted)
	}
	if n := streams(m); n > 1 {
		return false, fmt.Errorf("%d streams in one line", n)
	}
	for _, a := range m.Attributes {
		if a.Key != sdp.AttrKeyExtMap {
			continue
		}
		var e sdp.ExtMap
		if err := e.Unmarshal(a.String()); err != nil {
			return false, fmt.Errorf("header extension: %v", err)
		}
	}
	return ours, nil
}

// isCodec tells whether a codec of the other side is one of ours.
func isCodec(kind string, codec sdp.Codec, ours webrtc.RTPCodecParameters) bool {
	channels := codec.EncodingParameters
	return strings.EqualFold(kind+"/"+codec.Name, ours.MimeType) && codec.ClockRate == ours.ClockRate &&
		(ours.Channels == 0 || channels == strconv.Itoa(int(ours.Channels)))
}

// checkRepairOf checks the payload type that a retransmission format is for (RFC 4588 section 8.1).
func checkRepairOf(parameters string) error {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(name, "apt") {
			continue
		}
		if _, err := strconv.ParseUint(value, 10, 8); err != nil {
			return fmt.Errorf("apt %.16q is not a payload type", value)
		}
	}
	return nil
}

// streams counts the streams that a line announces, without those that repair another one (RFC 5576
// section 4.2). More than one is the old Plan B, which pion notices halfway.
func streams(m *sdp.MediaDescription) int {
	repairs, all := map[string]bool{}, map[string]bool{}
	for _, a := range m.Attributes {
		switch fields := strings.Split(a.Value, " "); a.Key {
		case sdp.AttrKeySSRCGroup:
			if len(fields) == 3 && (fields[0] == sdp.SemanticTokenFlowIdentification || fields[0] == sdp.SemanticTokenForwardErrorCorrectionFramework) {
				repairs[fields[2]] = true
			}
		case sdp.AttrKeySSRC:
			if _, err := strconv.ParseUint(fields[0], 10, 32); err == nil {
				all[fields[0]] = true
			}
		}
	}
	n := 0
	for ssrc := range all {
		if !repairs[ssrc] {
			n++
		}
	}
	return n
}

// assign says which slot each line is, by mid. With slots given it is what they say; a nil map stands
// for an offer that knows no slots: the first sound is the microphone, the first picture the camera,
// the second ones are the screen's. Lines that are nobody's are left out.
func (d *description) assign(slots map[string]string) (map[string]media.Slot, error) {
	assigned := map[string]media.Slot{}
	taken := map[media.Slot]bool{}
	for _, l := range d.lines {
		if !l.media() {
			continue
		}
		s, ok := slotOf(l, slots, taken)
		if !ok {
			continue
		}
		if s.Video() != (l.kind == "video") {
			return nil, fmt.Errorf("%w: slot %s is on a line of %s", ErrDescription, s, l.kind)
		}
		if taken[s] {
			return nil, fmt.Errorf("%w: slot %s is there twice", ErrDescription, s)
		}
		taken[s] = true
		assigned[l.mid] = s
	}
	return assigned, nil
}

func slotOf(l line, slots map[string]string, taken map[media.Slot]bool) (media.Slot, bool) {
	if slots != nil {
		return media.ParseSlot(slots[l.mid])
	}
	wanted := []media.Slot{media.Microphone, media.ScreenAudio}
	if l.kind == "video" {
		wanted = []media.Slot{media.Camera, media.Screen}
	}
	for _, s := range wanted {
		if !taken[s] {
			return s, true
		}
	}
	return 0, false
}
