package transport

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/sdp/v3"

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
	usable := false
	for i, l := range d.lines {
		if l.mid == "" {
			return nil, fmt.Errorf("%w: media line %d: mid is missing", ErrDescription, i)
		}
		usable = usable || l.media() || l.kind == "application" && !l.rejected
	}
	if !usable {
		return nil, fmt.Errorf("%w: no line that we could take part in", ErrDescription)
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

// readICE takes the user name fragments and checks the candidates that stand in the description.
func (d *description) readICE(s *sdp.SessionDescription) error {
	candidates := 0
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
	if !transportHas(s, "ice-ufrag") || !transportHas(s, "ice-pwd") {
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
	if !transportHas(s, "fingerprint") {
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

// transportHas tells whether an attribute of the transport stands where pion looks for it: in the
// session, or in the line that stands for all others (RFC 9143 section 7.2), the first without a bundle.
func transportHas(s *sdp.SessionDescription, key string) bool {
	if _, ok := s.Attribute(key); ok {
		return true
	}
	group, _ := s.Attribute(sdp.AttrKeyGroup)
	names := strings.Split(group, " ")
	for _, m := range s.MediaDescriptions {
		mid, _ := m.Attribute(sdp.AttrKeyMID)
		if names[0] != "BUNDLE" || len(names) < 2 || mid == names[1] {
			_, ok := m.Attribute(key)
			return ok
		}
	}
	return false
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
