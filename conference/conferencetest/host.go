package conferencetest

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/transport/v4/vnet"
)

// Host is somebody's network (pion's transport.Net): everything it sends by UDP goes over its cable
// first, then over the network below, which adds next to nothing. It has one address, so that a call
// between two hosts has one way to go.
type Host struct {
	transport.Net
	cable   *Cable // nil: nothing is between
	address net.IP
}

// newVirtualHost is a host with an address of the router's network.
func newVirtualHost(router *vnet.Router, address net.IP, cable *Cable) (*Host, error) {
	below, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{address.String()}})
	if err != nil {
		return nil, fmt.Errorf("make virtual host %s: %w", address, err)
	}
	if err := router.AddNet(below); err != nil {
		return nil, fmt.Errorf("add virtual host %s: %w", address, err)
	}
	return &Host{Net: below, cable: cable, address: address}, nil
}

// newLoopbackHost is a host with real sockets on 127.0.0.1.
func newLoopbackHost(cable *Cable) (*Host, error) {
	below, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("read the network interfaces: %w", err)
	}
	return &Host{Net: below, cable: cable, address: net.IPv4(127, 0, 0, 1)}, nil
}

// Interfaces is the one with the host's address.
func (h *Host) Interfaces() ([]*transport.Interface, error) {
	i := transport.NewInterface(net.Interface{Index: 1, MTU: 1500, Name: "eth0", Flags: net.FlagUp | net.FlagMulticast})
	i.AddAddress(&net.IPNet{IP: h.address, Mask: net.CIDRMask(24, 32)})
	return []*transport.Interface{i}, nil
}

// ListenUDP opens a socket whose packets go over the cable.
func (h *Host) ListenUDP(network string, address *net.UDPAddr) (transport.UDPConn, error) {
	c, err := h.Net.ListenUDP(network, address)
	if err != nil || h.cable == nil {
		return c, err
	}
	if system, ok := c.(*net.UDPConn); ok {
		return &systemSocket{system, h.cable}, nil
	}
	return &socket{c, h.cable}, nil
}

// ListenPacket is ListenUDP for an address in words.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	a, err := h.ResolveUDPAddr(network, address)
	if err != nil {
		return nil, err
	}
	return h.ListenUDP(network, a)
}

// systemSocket is a UDP socket of the system at the near end of a cable: it still does all that such a
// socket can do.
type systemSocket struct {
	*net.UDPConn
	cable *Cable
}

// WriteTo sends a copy of b. It never waits, and knows nothing of what becomes of it.
func (s *systemSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	packet := bytes.Clone(b)
	s.cable.send(packet, func() {
		_, _ = s.UDPConn.WriteTo(packet, to) // one that cannot be sent any more is one lost
	})
	return len(b), nil
}

// WriteToUDPAddrPort is WriteTo.
func (s *systemSocket) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	packet := bytes.Clone(b)
	s.cable.send(packet, func() {
		_, _ = s.UDPConn.WriteToUDPAddrPort(packet, to)
	})
	return len(b), nil
}

// socket is another UDP socket at the near end of a cable. pion sends by WriteTo alone.
type socket struct {
	transport.UDPConn
	cable *Cable
}

// WriteTo sends a copy of b. It never waits, and knows nothing of what becomes of it.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	packet := bytes.Clone(b)
	s.cable.send(packet, func() {
		_, _ = s.UDPConn.WriteTo(packet, to) // one that cannot be sent any more is one lost
	})
	return len(b), nil
}
