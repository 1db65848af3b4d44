package lan

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"confab/conference/signaling/lan/beacon"
)

// System is what a network is made of. Tests give one in memory (package lantest).
type System interface {
	// Ether opens what carries beacons.
	Ether() (beacon.Ether, error)
	// Listen takes connections on all interfaces.
	Listen(ctx context.Context) (net.Listener, error)
	Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// machine is the system's own network.
type machine struct {
	named map[string]bool // interfaces that beacons use; empty: all
}

// Ether opens the beacons' sockets.
func (m machine) Ether() (beacon.Ether, error) {
	return beacon.OpenUDP(func(i net.Interface) bool { return len(m.named) == 0 || m.named[i.Name] })
}

// Listen takes the beacons' port if it is free, so that people can leave it out, else any.
func (m machine) Listen(ctx context.Context) (net.Listener, error) {
	// Connections are watched by our own pings, which are faster.
	c := net.ListenConfig{KeepAlive: -1}
	l, err := c.Listen(ctx, "tcp", ":"+strconv.Itoa(beacon.Port))
	if err != nil {
		return c.Listen(ctx, "tcp", ":0")
	}
	return l, nil
}

// Dial connects by TCP.
func (m machine) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialWait, KeepAlive: -1}).DialContext(ctx, "tcp", to.String())
}

// resolve gives the addresses of a host and port.
func resolve(ctx context.Context, seed string) ([]netip.AddrPort, error) {
	if a, err := netip.ParseAddrPort(seed); err == nil {
		return []netip.AddrPort{a}, nil
	}
	host, port, err := net.SplitHostPort(seed)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var all []netip.AddrPort
	for _, a := range found[:min(len(found), maxAddresses)] {
		all = append(all, netip.AddrPortFrom(a.Unmap(), uint16(n)))
	}
	return all, nil
}

// Patience with the network.
const (
	dialWait = 3 * time.Second        // for a TCP connection
	stagger  = 200 * time.Millisecond // between the attempts at two addresses of a member (RFC 8305 section 5)
)

// neighborly tells whether an address can be one of a local network: private, of the link, of this machine,
// or in the network of one of our own addresses. Nobody else is talked to.
func neighborly(interfaces []beacon.Interface, a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || beacon.OnLink(interfaces, a)
}
