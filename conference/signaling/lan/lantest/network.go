// Package lantest is a local network in memory, for tests: hosts with interfaces on links, beacons that
// everybody on a link hears, and connections. Interfaces may come and go, and hosts may be cut off: then
// what they send is lost without a word, as with a cable that was pulled.
//
// Everything works inside a testing/synctest bubble and takes no time.
package lantest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"

	"confab/conference/signaling/lan/beacon"
)

// Network is links and the hosts on them. All methods, and those of its hosts, are safe from any goroutine.
type Network struct {
	mu    sync.Mutex
	hosts []*Host
	sent  int // packets
}

// New gives a network without hosts.
func New() *Network { return &Network{} }

// Sent counts the packets that were given to links.
func (n *Network) Sent() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent
}

// Host is a machine. Its methods Ether, Listen and Dial are what its programs see of the network.
type Host struct {
	network *Network
	name    string

	// guarded by network.mu
	ways      []way
	index     int // of the newest interface
	cut       bool
	ethers    []*ether
	listeners map[uint16]*listener
	port      uint16 // that was given away last
}

// way is an interface and the link it is on.
type way struct {
	beacon.Interface
	link string
}

// Host adds a machine that has a loopback and nothing else.
func (n *Network) Host(name string) *Host {
	h := &Host{network: n, name: name, listeners: make(map[uint16]*listener), port: 50000}
	n.mu.Lock()
	n.hosts = append(n.hosts, h)
	n.mu.Unlock()
	h.Plug("lo", "127.0.0.1/8", "::1/128")
	return h
}

// Plug gives the host an interface on a link, with addresses like "192.0.2.1/24"; both have the link's name.
// The link "lo" is the host's own.
func (h *Host) Plug(link string, addresses ...string) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	h.index++
	w := way{link: link, Interface: beacon.Interface{Index: h.index, Name: link, Loopback: link == "lo"}}
	for _, a := range addresses {
		w.Addresses = append(w.Addresses, netip.MustParsePrefix(a))
	}
	if w.Loopback {
		w.link = "lo of " + h.name
	}
	h.ways = append(h.ways, w)
}

// Unplug takes the interface on a link away.
func (h *Host) Unplug(link string) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	h.ways = slices.DeleteFunc(h.ways, func(w way) bool { return w.Name == link })
}

// Cut has everything lost that goes to or from other hosts, or not any more. The interfaces stay.
func (h *Host) Cut(cut bool) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	h.cut = cut
}

// Inject gives a packet of a stranger's to everybody on a link.
func (n *Network) Inject(link string, from netip.Addr, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deliverLocked(nil, link, []netip.Addr{from}, data)
}

// deliverLocked gives a packet to all programs that listen on a link.
func (n *Network) deliverLocked(sender *Host, link string, from []netip.Addr, data []byte) {
	n.sent++
	for _, h := range n.hosts {
		if h != sender && (h.cut || sender != nil && sender.cut) {
			continue
		}
		for _, w := range h.ways {
			if w.link != link {
				continue
			}
			for _, e := range h.ethers {
				if slices.Contains(e.attached, w.Index) {
					e.hear(from, w.Name, data)
				}
			}
		}
	}
}

// Ether is what lan.System wants.
func (h *Host) Ether() (beacon.Ether, error) {
	e := &ether{host: h, packets: make(chan beacon.Received, 1024)}
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	h.ethers = append(h.ethers, e)
	return e, nil
}

// ether is what one program of a host sees of the links. Its fields are guarded by the network's mutex.
type ether struct {
	host     *Host
	attached []int // indexes of interfaces
	packets  chan beacon.Received
	closed   bool
}

// hear is deliverLocked's; a program that does not read misses packets.
func (e *ether) hear(from []netip.Addr, name string, data []byte) {
	for _, a := range from {
		if a.Is6() && a.IsLinkLocalUnicast() {
			a = a.WithZone(name)
		}
		select {
		case e.packets <- beacon.Received{Data: slices.Clone(data), From: a}:
		default:
		}
	}
}

func (e *ether) Interfaces() ([]beacon.Interface, error) {
	e.host.network.mu.Lock()
	defer e.host.network.mu.Unlock()
	var all []beacon.Interface
	for _, w := range e.host.ways {
		all = append(all, w.Interface)
	}
	return all, nil
}

func (e *ether) Attach(i beacon.Interface) error {
	e.host.network.mu.Lock()
	defer e.host.network.mu.Unlock()
	e.attached = append(e.attached, i.Index)
	return nil
}

func (e *ether) Detach(i beacon.Interface) {
	e.host.network.mu.Lock()
	defer e.host.network.mu.Unlock()
	e.attached = slices.DeleteFunc(e.attached, func(index int) bool { return index == i.Index })
}

func (e *ether) Send(i beacon.Interface, data []byte) error {
	n := e.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range e.host.ways {
		if w.Index == i.Index {
			n.deliverLocked(e.host, w.link, sources(w), data)
			return nil
		}
	}
	return fmt.Errorf("send on %s: %w", i.Name, syscall.ENETDOWN)
}

// sources are the addresses that packets of an interface come from: one of IPv4, one of the link's of IPv6.
func sources(w way) []netip.Addr {
	var from []netip.Addr
	four := false
	for _, p := range w.Addresses {
		switch a := p.Addr(); {
		case a.Is4() && !four:
			four, from = true, append(from, a)
		case a.Is6() && a.IsLinkLocalUnicast():
			from = append(from, a)
		}
	}
	return from
}

func (e *ether) Packets() <-chan beacon.Received { return e.packets }

func (e *ether) Close() error {
	e.host.network.mu.Lock()
	defer e.host.network.mu.Unlock()
	if !e.closed {
		e.closed = true
		e.host.ethers = slices.DeleteFunc(e.host.ethers, func(o *ether) bool { return o == e })
		close(e.packets)
	}
	return nil
}

// Listen is what lan.System wants: it listens on all of the host's interfaces.
func (h *Host) Listen(context.Context) (net.Listener, error) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	h.port++
	l := &listener{host: h, port: h.port, waiting: make(chan net.Conn, 64), done: make(chan struct{})}
	h.listeners[l.port] = l
	return l, nil
}

// Dial is what lan.System wants. Where nobody is, it waits for ctx, as a real network does.
func (h *Host) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	conn, err := h.dial(to)
	if conn == nil && err == nil {
		<-ctx.Done()
		return nil, os.ErrDeadlineExceeded
	}
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", to, err)
	}
	return conn, nil
}

func (h *Host) dial(to netip.AddrPort) (net.Conn, error) {
	n := h.network
	n.mu.Lock()
	defer n.mu.Unlock()
	target, from := n.routeLocked(h, to.Addr())
	if target == nil || target != h && (h.cut || target.cut) {
		return nil, nil
	}
	l := target.listeners[to.Port()]
	if l == nil {
		return nil, syscall.ECONNREFUSED
	}
	h.port++
	local := net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, h.port))
	a, b := connect(local, net.TCPAddrFromAddrPort(to), func() bool { return n.whole(h, target) })
	select {
	case l.waiting <- b:
		return a, nil
	default:
		return nil, syscall.ECONNREFUSED
	}
}

// routeLocked finds the host that has an address on one of h's links, and h's own address there.
func (n *Network) routeLocked(h *Host, to netip.Addr) (*Host, netip.Addr) {
	for _, own := range h.ways {
		if to.Zone() != "" && to.Zone() != own.Name {
			continue
		}
		for _, o := range n.hosts {
			for _, w := range o.ways {
				if w.link != own.link || !slices.ContainsFunc(w.Addresses, func(p netip.Prefix) bool { return p.Addr() == to.WithZone("") }) {
					continue
				}
				for _, p := range own.Addresses {
					if p.Addr().Is4() == to.Is4() && p.Addr().IsLinkLocalUnicast() == to.IsLinkLocalUnicast() {
						return o, p.Addr().WithZone(to.Zone())
					}
				}
			}
		}
	}
	return nil, netip.Addr{}
}

// whole tells whether what one host sends reaches the other.
func (n *Network) whole(a, b *Host) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a == b {
		return true
	}
	shared := slices.ContainsFunc(a.ways, func(w way) bool {
		return slices.ContainsFunc(b.ways, func(o way) bool { return o.link == w.link })
	})
	return shared && !a.cut && !b.cut
}
