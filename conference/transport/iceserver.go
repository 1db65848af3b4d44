package transport

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/pion/stun/v4"

	"confab/conference/signaling"
)

// ParseICEServer reads a server as people write it: stun:host, stun:host:port, and
// turn:user:password@host:port?transport=tcp, with stuns and turns for TLS (RFC 7064 and RFC 7065, with
// the credentials of a TURN server put before the host). User and password may be percent-encoded; the
// last @ ends them. Ports default to 3478, and 5349 with TLS. Errors wrap ErrICEServer and do not
// repeat the password.
func ParseICEServer(s string) (signaling.ICEServer, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	turn := scheme == "turn" || scheme == "turns"
	if !ok || !turn && scheme != "stun" && scheme != "stuns" {
		return signaling.ICEServer{}, fmt.Errorf("%w: its scheme must be stun, stuns, turn or turns", ErrICEServer)
	}
	var server signaling.ICEServer
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if !turn {
			return signaling.ICEServer{}, fmt.Errorf("%w: a %s: server takes no user and password", ErrICEServer, scheme)
		}
		user, password, ok := strings.Cut(rest[:at], ":")
		if !ok {
			return signaling.ICEServer{}, fmt.Errorf("%w: user without password, want turn:user:password@host", ErrICEServer)
		}
		var err error
		if server.Username, err = url.PathUnescape(user); err != nil {
			return signaling.ICEServer{}, fmt.Errorf("%w: user is not percent-encoded properly", ErrICEServer)
		}
		if server.Credential, err = url.PathUnescape(password); err != nil {
			return signaling.ICEServer{}, fmt.Errorf("%w: password is not percent-encoded properly", ErrICEServer)
		}
		rest = rest[at+1:]
	}
	server.URLs = []string{scheme + ":" + rest}
	if err := CheckICEServer(server); err != nil {
		return signaling.ICEServer{}, err
	}
	return server, nil
}

// CheckICEServer tells whether a server can be used, such as one that a signaling server handed out.
// Errors wrap ErrICEServer.
func CheckICEServer(s signaling.ICEServer) error {
	if len(s.URLs) == 0 {
		return fmt.Errorf("%w: it has no URL", ErrICEServer)
	}
	for _, raw := range s.URLs {
		u, err := stun.ParseURI(raw)
		if err != nil {
			return fmt.Errorf("%w: %.200q: %v", ErrICEServer, raw, err)
		}
		if err := checkServerAddress(u.Host, u.Port); err != nil {
			return fmt.Errorf("%w: %.200q: %v", ErrICEServer, raw, err)
		}
		turn := u.Scheme == stun.SchemeTypeTURN || u.Scheme == stun.SchemeTypeTURNS
		if turn && (s.Username == "" || s.Credential == "") {
			return fmt.Errorf("%w: %.200q: a TURN server needs a user and a password", ErrICEServer, raw)
		}
	}
	return nil
}

func checkServerAddress(host string, port int) error {
	if port < 1 || port > 65535 {
		return fmt.Errorf("port %s is not between 1 and 65535", strconv.Itoa(port))
	}
	if net.ParseIP(host) == nil && strings.ContainsAny(host, " /@:?#[]%\t\r\n") {
		return fmt.Errorf("%.100q is not a host name or address", host)
	}
	return nil
}
