package transport

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/sdp/v3"

	"confab/conference/media"
	"confab/conference/signaling"
)

// Limits of a description.
const (
	maxLines  = 32  // media lines
	maxMID    = 32  // bytes
	maxICEKey = 256 // bytes of a user name fragment or password (RFC 8839 section 5.4)
)

// description is what we must know of a session description before pion may have it. pion changes its
// state before it finds most faults, and cannot go back.
type description struct {
	lines        []line
	fragments    []string // ICE user name fragments: one, or one a bundle
	fingerprints []certificate
}

// line is one media line.
type line struct {
	mid      string // empty on rejected lines of an answer, if its writer left it out
	kind     string // audio, video, application or something else
	rejected bool   // port 0 (RFC 8829 section 5.3.1), and not only because it is bundled
	codec    bool   // ours is among its codecs
	receives bool   // its writer takes media from us
}

// certificate is a fingerprint of one (RFC 8122 section 5), comparable.
type certificate struct{ algorithm, value string }

func newFingerprint(algorithm, value string) certificate {
	return certificate{strings.ToLower(algorithm), strings.ToUpper(value)}
}

// parseOffer reads an offer. Errors wrap ErrDescription and name what is wrong.
func parseOffer(text string) (*description, error) {
	d, err := parseDescription(text)
	if err != nil {
		return nil, err
	}
	for i, l := range d.lines {
		if l.mid == "" {
			return nil, fmt.Errorf("%w: media line %d: mid is missing", ErrDescription, i)
		}
	}
	return d, nil
}

// parseDescription reads an offer or an answer, in which rejected lines may have no name.
func parseDescription(text string) (*description, error) {
	if len(text) > signaling.MaxSDP {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrDescription, len(text), signaling.MaxSDP)
	}
	var s sdp.SessionDescription
	if err := s.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDescription, err)
	}
	if n := len(s.MediaDescriptions); n == 0 || n > maxLines {
		return nil, fmt.Errorf("%w: %d media lines, want 1 to %d", ErrDescription, n, maxLines)
	}
	d := &description{}
	for i, m := range s.MediaDescriptions {
		l, err := parseLine(m)
		if err != nil {
			return nil, fmt.Errorf("%w: media line %d: %v", ErrDescription, i, err)
		}
		if slices.ContainsFunc(d.lines, func(other line) bool { return l.mid != "" && other.mid == l.mid }) {
			return nil, fmt.Errorf("%w: media line %d: mid %q is there twice", ErrDescription, i, l.mid)
		}
		d.lines = append(d.lines, l)
	}
	if err := d.readICE(&s); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDescription, err)
	}
	if err := d.readFingerprints(&s); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDescription, err)
	}
	return d, nil
}

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

// media tells whether the line can be one of our slots.
func (l line) media() bool { return !l.rejected && l.codec }

// checkMedia finds the faults that pion would find only after it had changed its state, and tells
// whether our codec of the line's kind is there.
func checkMedia(m *sdp.MediaDescription) (ours bool, err error) {
	wanted := opusCodec.MimeType
	if m.MediaName.Media == "video" {
		wanted = vp8Codec.MimeType
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
		ours = ours || strings.EqualFold(m.MediaName.Media+"/"+codec.Name, wanted)
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

// readICE takes the user name fragments and checks the candidates that stand in the description.
func (d *description) readICE(s *sdp.SessionDescription) error {
	passwords, candidates := 0, 0
	for a := range attributes(s) {
		switch a.Key {
		case "ice-ufrag":
			if len(a.Value) < 4 || len(a.Value) > maxICEKey {
				return fmt.Errorf("ice-ufrag has %d characters, want 4 to %d", len(a.Value), maxICEKey)
			}
			if !slices.Contains(d.fragments, a.Value) {
				d.fragments = append(d.fragments, a.Value)
			}
		case "ice-pwd":
			if len(a.Value) < 22 || len(a.Value) > maxICEKey {
				return fmt.Errorf("ice-pwd has %d characters, want 22 to %d", len(a.Value), maxICEKey)
			}
			passwords++
		case sdp.AttrKeyCandidate:
			if candidates++; candidates > maxRemoteCandidates {
				return fmt.Errorf("more than %d candidates", maxRemoteCandidates)
			}
			if len(a.Value) > signaling.MaxCandidate {
				return fmt.Errorf("candidate has %d bytes, at most %d", len(a.Value), signaling.MaxCandidate)
			}
			if err := checkCandidate(a.Value); err != nil {
				return fmt.Errorf("candidate %.80q: %v", a.Value, err)
			}
		}
	}
	if len(d.fragments) == 0 || passwords == 0 {
		return fmt.Errorf("ice-ufrag or ice-pwd is missing")
	}
	return nil
}

// readFingerprints takes the fingerprints of the certificate. There may be several of one certificate,
// one an algorithm; two certificates there must not be.
func (d *description) readFingerprints(s *sdp.SessionDescription) error {
	for a := range attributes(s) {
		if a.Key != "fingerprint" {
			continue
		}
		f, err := parseFingerprint(a.Value)
		if err != nil {
			return err
		}
		if slices.Contains(d.fingerprints, f) {
			continue
		}
		if slices.ContainsFunc(d.fingerprints, func(o certificate) bool { return o.algorithm == f.algorithm }) {
			return fmt.Errorf("two different %s fingerprints", f.algorithm)
		}
		d.fingerprints = append(d.fingerprints, f)
	}
	if len(d.fingerprints) == 0 {
		return fmt.Errorf("fingerprint is missing")
	}
	return nil
}

func parseFingerprint(text string) (certificate, error) {
	algorithm, value, ok := strings.Cut(text, " ")
	if !ok {
		return certificate{}, fmt.Errorf("fingerprint %.100q is not an algorithm and a value", text)
	}
	f := newFingerprint(algorithm, value)
	hash, err := fingerprint.HashFromString(f.algorithm)
	if err != nil {
		return certificate{}, fmt.Errorf("fingerprint algorithm %.16q is unknown", algorithm)
	}
	if strings.HasPrefix(f.algorithm, "md") || f.algorithm == "sha-1" {
		return certificate{}, fmt.Errorf("fingerprint algorithm %s proves nothing any more", f.algorithm)
	}
	octets := strings.Split(f.value, ":")
	if len(octets) != hash.Size() {
		return certificate{}, fmt.Errorf("%s fingerprint has %d octets, want %d", f.algorithm, len(octets), hash.Size())
	}
	for _, o := range octets {
		if b, err := hex.DecodeString(o); err != nil || len(b) != 1 {
			return certificate{}, fmt.Errorf("%s fingerprint is not written in hexadecimal", f.algorithm)
		}
	}
	return f, nil
}

// attributes gives all attributes, the session's before those of the lines.
func attributes(s *sdp.SessionDescription) func(yield func(sdp.Attribute) bool) {
	return func(yield func(sdp.Attribute) bool) {
		for _, a := range s.Attributes {
			if !yield(a) {
				return
			}
		}
		for _, m := range s.MediaDescriptions {
			for _, a := range m.Attributes {
				if !yield(a) {
					return
				}
			}
		}
	}
}

// mids are the names of the lines in their order.
func (d *description) mids() []string {
	mids := make([]string, len(d.lines))
	for i, l := range d.lines {
		mids[i] = l.mid
	}
	return mids
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
