package console

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"

	"confab/conference/server"
	"confab/conference/signaling"
)

// serveGC is how much may be allocated until rubbish is collected, in percent of what lives. A server has
// many members of some kilobytes each: less collects so often that relays wait for it (some milliseconds with
// thousands of members), more costs memory.
const serveGC = 80

// Serve runs a signaling server on an address until ctx ends, and says on notes where it listens; if its
// key is its own, the URL says whom to trust.
func Serve(ctx context.Context, listen string, o server.Options, notes io.Writer) error {
	var s *server.Server
	var l net.Listener
	o.Ready = func() {
		fmt.Fprintf(notes, "Confab's signaling server listens on %s. Join with --signaling %s\n", l.Addr(), joinURL(s, o, l.Addr()))
	}
	s, err := server.New(o)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", listen); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(serveGC)
	}
	return s.Serve(ctx, l)
}

// joinURL is what clients need: a domain of a certificate, or an address.
func joinURL(s *server.Server, o server.Options, at net.Addr) string {
	if !s.Secure() {
		return "ws://" + reachable(at)
	}
	u := "wss://" + reachable(at)
	if len(o.ACME.Domains) > 0 {
		u = "wss://" + o.ACME.Domains[0]
	}
	if s.Pin() != "" {
		u = signaling.PinnedURL(u, s.Pin())
	}
	return u
}

// reachable is an address that clients can dial: of a server on all interfaces, one of this machine's.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	ip := net.ParseIP(host)
	if ip == nil || !ip.IsUnspecified() {
		return a.String()
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return net.JoinHostPort("localhost", port)
	}
	found := "localhost"
	for _, a := range addresses {
		n, ok := a.(*net.IPNet)
		switch {
		case !ok || !n.IP.IsGlobalUnicast():
		case n.IP.To4() != nil: // the shorter to type
			return net.JoinHostPort(n.IP.String(), port)
		case ip.To4() == nil && found == "localhost":
			found = n.IP.String()
		}
	}
	return net.JoinHostPort(found, port)
}
