package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/turn/v5"
)

// portTries is how many ports of the range are tried for one allocation.
const portTries = 32

// ownKnown is how long the list of this machine's addresses is believed.
const ownKnown = 10 * time.Second

var (
	errNoTCP  = errors.New("only UDP is relayed")
	errFamily = errors.New("packets of this address family are not relayed")
	errNoPort = errors.New("no port of the range is free")

	// sharedSpace is between carriers and their customers (RFC 6598).
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
)

// generator opens the sockets of allocations and decides where packets may go.
type generator struct {
	options Relay
	metrics *metrics

	mu   sync.Mutex
	own  []netip.Addr // of this machine
	read time.Time
}

func newGenerator(o Relay, m *metrics) *generator { return &generator{options: o, metrics: m} }

// Validate is nil: the options were checked.
func (g *generator) Validate() error { return nil }

// AllocatePacketConn opens a UDP socket on a port of the range.
func (g *generator) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if g.options.Address.Is4() != (c.Network == "udp4") {
		return nil, nil, errFamily
	}
	first, count := int(g.options.Ports[0]), int(g.options.Ports[1])-int(g.options.Ports[0])+1
	if c.RequestedPort != 0 { // EVEN-PORT's neighbour, which we need not have (RFC 8656 section 7.2)
		first, count = c.RequestedPort, 1
		if !g.inRange(uint16(first)) {
			return nil, nil, errNoPort
		}
	}
	for range min(portTries, 4*count) {
		port := first + rand.IntN(count)
		conn, err := net.ListenUDP(c.Network, &net.UDPAddr{Port: port})
		if err != nil {
			continue
		}
		at := &net.UDPAddr{IP: g.options.Address.AsSlice(), Port: port}
		return &relayedConn{UDPConn: conn, generator: g}, at, nil
	}
	return nil, nil, fmt.Errorf("%w: %d to %d", errNoPort, g.options.Ports[0], g.options.Ports[1])
}

// AllocateListener refuses: TCP is not relayed (RFC 6062).
func (g *generator) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCP
}

// AllocateConn refuses likewise.
func (g *generator) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errNoTCP }

func (g *generator) inRange(port uint16) bool {
	return port >= g.options.Ports[0] && port <= g.options.Ports[1]
}

// permits tells whether packets may go to an address at all (RFC 8656 section 21.1.6).
func (g *generator) permits(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	if ok && g.reaches(ip.Unmap()) {
		return true
	}
	g.metrics.relayRefused.Add(1)
	return false
}

// reaches tells whether an address may be reached on some port. One of this machine may: somebody else's
// allocation may be there. From a relay on a public address nobody gets into private networks.
func (g *generator) reaches(ip netip.Addr) bool {
	switch {
	case !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return false
	case g.options.Anywhere || ip == g.options.Address:
		return true
	case ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.Is4() && ip.As4()[0] == 0:
		return false
	}
	return !private(ip) || private(g.options.Address)
}

func private(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || sharedSpace.Contains(ip)
}

// passes tells whether a packet may be exchanged with that address and port: of this machine, only with
// other allocations.
func (g *generator) passes(at netip.AddrPort) bool {
	ip := at.Addr().Unmap().WithZone("")
	if g.options.Anywhere {
		return g.reaches(ip)
	}
	return g.reaches(ip) && (g.inRange(at.Port()) || !g.ours(ip))
}

func (g *generator) ours(ip netip.Addr) bool {
	if ip == g.options.Address {
		return true
	}
	g.mu.Lock()
	own, stale := g.own, time.Since(g.read) > ownKnown
	g.mu.Unlock()
	if stale {
		own = ownAddresses()
		g.mu.Lock()
		g.own, g.read = own, time.Now()
		g.mu.Unlock()
	}
	return slices.Contains(own, ip)
}

// relayedConn is the socket of one allocation. What may not pass is dropped, and counted.
type relayedConn struct {
	*net.UDPConn
	generator *generator
}

// ReadFrom gives the next packet that may pass.
func (c *relayedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, nil, err
		}
		if !c.generator.passes(from) {
			c.generator.metrics.relayRefused.Add(1)
			continue
		}
		c.generator.metrics.relayed.Add(uint64(n))
		return n, net.UDPAddrFromAddrPort(netip.AddrPortFrom(from.Addr().Unmap(), from.Port())), nil
	}
}

// WriteTo sends a packet, or drops it as a network would.
func (c *relayedConn) WriteTo(b []byte, to net.Addr) (int, error) {
	at, ok := to.(*net.UDPAddr)
	if !ok || !c.generator.passes(at.AddrPort()) {
		c.generator.metrics.relayRefused.Add(1)
		return len(b), nil
	}
	n, err := c.UDPConn.WriteTo(b, to)
	c.generator.metrics.relayed.Add(uint64(n))
	return n, err
}
