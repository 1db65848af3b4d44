package ui

import (
	"strings"

	"confab/conference/signaling"
	"confab/conference/transport"
)

// parseICEServers reads STUN and TURN servers, one a line; empty lines are skipped. The first bad one is the
// error.
func parseICEServers(lines []string) ([]signaling.ICEServer, error) {
	var all []signaling.ICEServer
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		s, err := transport.ParseICEServer(line)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
