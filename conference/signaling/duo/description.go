package duo

import (
	"errors"
	"fmt"
	"strings"

	"confab/conference/signaling"
)

// maxFragments bounds the user name fragments of one description: one, or one a line.
const maxFragments = 32

var errDescription = errors.New("no session description")

// description is what must be known of a session description to tell whose it is.
type description struct {
	origin    string   // o=, without the version: one connection of one program
	fragments []string // ice-ufrag
}

// parse reads these. The whole is checked by whoever uses it.
func parse(sdp string) (description, error) {
	if len(sdp) > signaling.MaxSDP {
		return description{}, fmt.Errorf("%w: %d bytes, at most %d", errDescription, len(sdp), signaling.MaxSDP)
	}
	var d description
	for line := range strings.Lines(sdp) {
		line = strings.TrimRight(line, "\r\n")
		if origin, ok := strings.CutPrefix(line, "o="); ok && d.origin == "" {
			f := strings.Fields(origin)
			if len(f) != 6 {
				return description{}, fmt.Errorf("%w: origin %.80q", errDescription, origin)
			}
			d.origin = strings.Join([]string{f[0], f[1], f[3], f[4], f[5]}, " ")
		}
		if fragment, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok && len(d.fragments) < maxFragments {
			d.fragments = append(d.fragments, strings.TrimSpace(fragment))
		}
	}
	if d.origin == "" || len(d.fragments) == 0 {
		return description{}, fmt.Errorf("%w: origin or ice-ufrag is missing", errDescription)
	}
	return d, nil
}

// fragmentOf is the user name fragment that a candidate says it belongs to, or nothing.
func fragmentOf(c signaling.Candidate) string {
	if c.UsernameFragment != nil {
		return *c.UsernameFragment
	}
	fields := strings.Fields(c.Candidate)
	for i := 0; i+1 < len(fields); i++ {
		if fields[i] == "ufrag" {
			return fields[i+1]
		}
	}
	return ""
}
