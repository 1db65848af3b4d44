package interop_test

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
)

// network is the system's, with a switch that lets no UDP packet in or out.
type network struct {
	transport.Net
	off atomic.Bool
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	return &network{Net: n}
}

// ListenUDP opens a socket behind the switch.
func (n *network) ListenUDP(kind string, at *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(kind, at)
	if err != nil {
		return nil, err
	}
	return &switchedConn{c, n}, nil
}

// ListenPacket is ListenUDP for an address in words.
func (n *network) ListenPacket(kind, address string) (net.PacketConn, error) {
	at, err := n.ResolveUDPAddr(kind, address)
	if err != nil {
		return nil, err
	}
	return n.ListenUDP(kind, at)
}

// switchedConn loses what is read and written while its network is off.
type switchedConn struct {
	transport.UDPConn
	network *network
}

// ReadFrom gives the next packet that gets through.
func (c *switchedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.network.off.Load() {
			return n, from, err
		}
	}
}

// WriteTo sends a packet, or loses it.
func (c *switchedConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.network.off.Load() {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}

// WriteToUDPAddrPort is WriteTo.
func (c *switchedConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteTo(b, net.UDPAddrFromAddrPort(to))
}
