package transport

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	piontransport "github.com/pion/transport/v4"
)

const (
	// socketBuffer is asked for what comes in while nobody reads, in bytes: 300 ms of 25 Mbit/s. The
	// system may give less.
	socketBuffer = 1 << 20
	// latestStamp is how old a packet may be that a socket gives: beyond, the clock was set.
	latestStamp = 2 * time.Second
	// stampSpace is room for what the system says about a packet, in bytes.
	stampSpace = 128
)

// watchedNet is a network whose UDP sockets note what comes in. One a connection.
type watchedNet struct {
	piontransport.Net
	arrivals *arrivals
}

// ListenUDP opens a socket.
func (n *watchedNet) ListenUDP(network string, address *net.UDPAddr) (piontransport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, address)
	if err != nil || address != nil && address.IP.IsMulticast() { // mDNS: it wants its own kind of socket
		return c, err
	}
	return newSocket(c, n.arrivals), nil
}

// ListenPacket is ListenUDP for an address in words.
func (n *watchedNet) ListenPacket(network, address string) (net.PacketConn, error) {
	c, err := n.Net.ListenPacket(network, address)
	if u, ok := c.(piontransport.UDPConn); ok && err == nil {
		return newSocket(u, n.arrivals), nil
	}
	return c, err
}

// socket notes the media that comes in. It has pion's methods for addresses that need no memory
// (ice.AddrPortReaderWriter).
type socket struct {
	piontransport.UDPConn
	arrivals *arrivals
	system   systemSocket // nil: not one of the system's
	stamped  bool         // it tells when a packet came in
	control  []byte       // what it tells; owned by the reader
}

// systemSocket is what a *net.UDPConn can do.
type systemSocket interface {
	SyscallConn() (syscall.RawConn, error)
	ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, from netip.AddrPort, err error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

func newSocket(c piontransport.UDPConn, a *arrivals) *socket {
	s := &socket{UDPConn: c, arrivals: a}
	if s.system, _ = c.(systemSocket); s.system != nil {
		_ = c.SetReadBuffer(socketBuffer) // without it less may wait
		if raw, err := s.system.SyscallConn(); err == nil {
			s.stamped = stampArrivals(raw)
		}
		s.control = make([]byte, stampSpace)
	}
	return s
}

// ReadFrom reads a packet. One caller at a time reads.
func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	if s.system == nil {
		n, from, err := s.UDPConn.ReadFrom(b)
		if err == nil {
			s.arrivals.came(b[:n], time.Now())
		}
		return n, from, err
	}
	n, from, err := s.ReadFromAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// ReadFromAddrPort is ReadFrom without the memory for an address.
func (s *socket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	if s.system == nil {
		n, from, err := s.ReadFrom(b)
		if err != nil {
			return n, netip.AddrPort{}, err
		}
		u, ok := from.(*net.UDPAddr)
		if !ok {
			return n, netip.AddrPort{}, fmt.Errorf("packet from %v, which is no UDP address", from)
		}
		return n, u.AddrPort(), nil
	}
	n, told, _, from, err := s.system.ReadMsgUDPAddrPort(b, s.control)
	if err != nil {
		return n, from, err
	}
	at := time.Now()
	if s.stamped {
		if stamp, ok := arrivalStamp(s.control[:told]); ok {
			if age := at.Sub(stamp); age > 0 && age < latestStamp {
				at = at.Add(-age) // still of the steady clock
			}
		}
	}
	s.arrivals.came(b[:n], at)
	return n, from, nil
}

// WriteToAddrPort sends a packet.
func (s *socket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if s.system != nil {
		return s.system.WriteToUDPAddrPort(b, to)
	}
	return s.WriteTo(b, net.UDPAddrFromAddrPort(to))
}
