package beacon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// Port is where beacons are sent, and where the first member on a machine listens if it can: CONFA on the
// keys of a telephone.
const Port = 26632

// The groups are ours: one of those that every site may use as it likes (RFC 2365 section 6.1), and a
// transient one of the link's scope (RFC 4291 section 2.7).
var (
	Group4 = netip.AddrFrom4([4]byte{239, 255, 12, 250})
	Group6 = netip.MustParseAddr("ff12::c0fa:b")
)

const (
	maxInterfaces = 16 // Linux lets a socket be in 20 groups
	maxWaiting    = 64 // packets that wait for the reader; what comes then is dropped
)

// udp is the ether of the machine's own network interfaces.
type udp struct {
	allowed func(net.Interface) bool
	v4      *ipv4.PacketConn // nil: the machine has no IPv4
	v6      *ipv6.PacketConn // nil: the machine has no IPv6
	sockets []net.PacketConn

	packets chan Received // capacity maxWaiting: the reader is busy now and then
	close   func() error  // once
	readers sync.WaitGroup
	done    chan struct{}
}

// OpenUDP opens sockets on the beacons' port, which processes of one machine share. Packets use the
// interfaces that are up and running, can multicast or are the loopback, and are allowed (nil: all are).
// Nothing is sent before Send.
func OpenUDP(allowed func(net.Interface) bool) (Ether, error) {
	u := &udp{allowed: allowed, packets: make(chan Received, maxWaiting), done: make(chan struct{})}
	s4, err4 := listen("udp4", Group4)
	if err4 == nil {
		u.sockets, u.v4 = append(u.sockets, s4), ipv4.NewPacketConn(s4)
		// Packets stay on their link, and other processes of this machine hear them, too.
		err4 = errors.Join(u.v4.SetMulticastTTL(1), u.v4.SetMulticastLoopback(true))
	}
	s6, err6 := listen("udp6", Group6)
	if err6 == nil {
		u.sockets, u.v6 = append(u.sockets, s6), ipv6.NewPacketConn(s6)
		err6 = errors.Join(u.v6.SetMulticastHopLimit(1), u.v6.SetMulticastLoopback(true))
	}
	u.close = sync.OnceValue(u.shut)
	if err4 != nil && err6 != nil {
		return nil, errors.Join(fmt.Errorf("listen for beacons: %w", errors.Join(err4, err6)), u.close())
	}
	for _, s := range u.sockets {
		u.readers.Go(func() { u.read(s) })
	}
	go func() { // ends when the readers do; close waits for it
		u.readers.Wait()
		close(u.packets)
		close(u.done)
	}()
	return u, nil
}

// listen opens a socket on the beacons' port on all addresses. That the address is a group's makes package
// net share the port.
func listen(network string, group netip.Addr) (net.PacketConn, error) {
	return (&net.ListenConfig{}).ListenPacket(context.Background(), network, netip.AddrPortFrom(group, Port).String())
}

// read passes packets on until its socket is closed, or broken.
func (u *udp) read(s net.PacketConn) {
	data := make([]byte, MaxPacket+1)
	for {
		n, from, err := s.ReadFrom(data)
		switch {
		case err == nil:
		case transient(err):
			continue
		default:
			u.cut()
			return
		}
		address, ok := from.(*net.UDPAddr)
		if !ok || n > MaxPacket {
			continue
		}
		select {
		case u.packets <- Received{Data: slices.Clone(data[:n]), From: address.AddrPort().Addr().Unmap()}:
		default: // a flood
		}
	}
}

// transient tells whether an error of reading is about one packet: Windows tells here that a packet was too
// long, or that one of ours was not wanted.
func transient(err error) bool {
	const tooLong = syscall.Errno(10040) // WSAEMSGSIZE
	return errors.Is(err, tooLong) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET)
}

// cut ends all readers with the first.
func (u *udp) cut() {
	for _, s := range u.sockets {
		_ = s.Close() // a second time does no harm
	}
}

func (u *udp) shut() error {
	var errs []error
	for _, s := range u.sockets {
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (u *udp) Packets() <-chan Received { return u.packets }

// Close closes the sockets and waits for their readers.
func (u *udp) Close() error {
	err := u.close()
	<-u.done
	return err
}

// Interfaces reads them from the system.
func (u *udp) Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	var usable []Interface
	for _, i := range all {
		const up = net.FlagUp | net.FlagRunning
		if i.Flags&up != up || i.Flags&(net.FlagMulticast|net.FlagLoopback) == 0 || u.allowed != nil && !u.allowed(i) {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil || len(addresses) == 0 {
			continue // it has just gone, or nobody could answer us
		}
		usable = append(usable, Interface{
			Index: i.Index, Name: i.Name, Loopback: i.Flags&net.FlagLoopback != 0, Addresses: prefixes(addresses),
		})
	}
	return foremost(usable), nil
}

// foremost are the interfaces that matter, if there are too many: those with an address that somebody gave
// them come before those that made up one for their link, such as the ends of containers' cables.
func foremost(all []Interface) []Interface {
	made := func(i Interface) bool {
		return !slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() })
	}
	slices.SortStableFunc(all, func(a, b Interface) int {
		switch {
		case made(a) == made(b):
			return 0
		case made(a):
			return 1
		}
		return -1
	})
	return all[:min(len(all), maxInterfaces)]
}

// prefixes are addresses as net/netip has them, sorted.
func prefixes(addresses []net.Addr) []netip.Prefix {
	var all []netip.Prefix
	for _, a := range addresses {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		address, ok := netip.AddrFromSlice(n.IP)
		if ones, _ := n.Mask.Size(); ok {
			all = append(all, netip.PrefixFrom(address.Unmap(), ones))
		}
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	return all
}

// has4 and has6 tell what an interface can carry.
func (i Interface) has4() bool {
	return slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return p.Addr().Is4() })
}

func (i Interface) has6() bool {
	return slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return p.Addr().Is6() })
}

// Attach joins the groups on an interface; one of the two is enough.
func (u *udp) Attach(i Interface) error {
	n := &net.Interface{Index: i.Index, Name: i.Name}
	var errs []error
	joined := false
	join := func(err error) {
		if err == nil || errors.Is(err, syscall.EADDRINUSE) { // joined already
			joined = true
		} else {
			errs = append(errs, err)
		}
	}
	if u.v4 != nil && i.has4() {
		join(u.v4.JoinGroup(n, &net.UDPAddr{IP: Group4.AsSlice()}))
	}
	if u.v6 != nil && i.has6() {
		join(u.v6.JoinGroup(n, &net.UDPAddr{IP: Group6.AsSlice()}))
	}
	if joined {
		return nil
	}
	return fmt.Errorf("listen on %s: %w", i.Name, errors.Join(errs...))
}

// Detach leaves the groups. An interface that is gone has taken its memberships with it.
func (u *udp) Detach(i Interface) {
	n := &net.Interface{Index: i.Index, Name: i.Name}
	if u.v4 != nil {
		_ = u.v4.LeaveGroup(n, &net.UDPAddr{IP: Group4.AsSlice()})
	}
	if u.v6 != nil {
		_ = u.v6.LeaveGroup(n, &net.UDPAddr{IP: Group6.AsSlice()})
	}
}

// Send sends by IPv4 and IPv6, as the interface has them; one of the two is enough.
func (u *udp) Send(i Interface, data []byte) error {
	n := &net.Interface{Index: i.Index, Name: i.Name}
	var errs []error
	sent := false
	if u.v4 != nil && i.has4() {
		err := u.v4.SetMulticastInterface(n)
		if err == nil {
			_, err = u.v4.WriteTo(data, nil, &net.UDPAddr{IP: Group4.AsSlice(), Port: Port})
		}
		sent, errs = sent || err == nil, append(errs, err)
	}
	if u.v6 != nil && i.has6() {
		err := u.v6.SetMulticastInterface(n)
		if err == nil {
			_, err = u.v6.WriteTo(data, nil, &net.UDPAddr{IP: Group6.AsSlice(), Port: Port, Zone: i.Name})
		}
		sent, errs = sent || err == nil, append(errs, err)
	}
	if sent {
		return nil
	}
	return fmt.Errorf("send on %s: %w", i.Name, errors.Join(errs...))
}
