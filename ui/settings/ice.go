package settings

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"confab/conference/signaling"
)

// ErrICEServer is what ParseICEServer returns for what is no STUN or TURN server.
var ErrICEServer = errors.New("not a STUN or TURN server")

// ParseICEServer reads a server as people write it: a URL of RFC 7064 or RFC 7065, with the user and
// password of a TURN server before its host: turn:user:password@host:port?transport=tcp. Colons and
// at signs in a password are taken as they are or as %3A and %40.
func ParseICEServer(text string) (signaling.ICEServer, error) {
	text = strings.TrimSpace(text)
	scheme, rest, ok := strings.Cut(text, ":")
	turn := scheme == "turn" || scheme == "turns"
	if !ok || !turn && scheme != "stun" && scheme != "stuns" {
		return signaling.ICEServer{}, fmt.Errorf("%w: %q does not begin with stun:, stuns:, turn: or turns:", ErrICEServer, text)
	}
	var s signaling.ICEServer
	host := rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		host = rest[at+1:]
		user, password, ok := strings.Cut(rest[:at], ":")
		if !ok || !turn {
			return s, fmt.Errorf("%w: user and password are for TURN, as turn:user:password@host", ErrICEServer)
		}
		var err error
		if s.Username, err = url.PathUnescape(user); err != nil {
			return s, fmt.Errorf("%w: user: %v", ErrICEServer, err)
		}
		if s.Credential, err = url.PathUnescape(password); err != nil {
			return s, fmt.Errorf("%w: password: %v", ErrICEServer, err)
		}
	} else if turn {
		return s, fmt.Errorf("%w: a TURN server needs a user and a password, as turn:user:password@host", ErrICEServer)
	}
	name, _, _ := strings.Cut(host, "?")
	if strings.Trim(name, ":") == "" || strings.ContainsAny(host, "/ \t") {
		return s, fmt.Errorf("%w: %q is no host", ErrICEServer, host)
	}
	s.URLs = []string{scheme + ":" + host}
	return s, nil
}

// ParseICEServers reads a list of servers; empty lines are skipped. The first bad one is the error.
func ParseICEServers(lines []string) ([]signaling.ICEServer, error) {
	var all []signaling.ICEServer
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		s, err := ParseICEServer(line)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
