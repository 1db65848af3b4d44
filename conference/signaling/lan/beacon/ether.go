package beacon

import "net/netip"

// Ether carries packets to whoever is on the same links. [OpenUDP] gives the real one.
//
// Its methods are called by one goroutine. Packets are read by the same, and dropped while nobody reads.
type Ether interface {
	// Interfaces are those of now that are up and running and that packets may use.
	Interfaces() ([]Interface, error)
	// Attach begins to hear the packets of an interface's links.
	Attach(i Interface) error
	// Detach ends that. The interface may be gone already.
	Detach(i Interface)
	// Send gives a packet to all who listen on the interface's links, ourselves included.
	Send(i Interface, data []byte) error
	// Packets are what is heard. It is closed when the ether is broken, or after Close.
	Packets() <-chan Received
	Close() error
}

// Interface is one of the machine's ways into a network.
type Interface struct {
	Index     int
	Name      string
	Loopback  bool
	Addresses []netip.Prefix // with the machine's address in it, not cut to its network; no zones
}

// Received is a packet as it came.
type Received struct {
	Data []byte
	From netip.Addr // with its zone if it is link-local
}

// equal tells whether two looks at an interface saw the same.
func (i Interface) equal(o Interface) bool {
	if i.Index != o.Index || i.Name != o.Name || i.Loopback != o.Loopback || len(i.Addresses) != len(o.Addresses) {
		return false
	}
	for n := range i.Addresses {
		if i.Addresses[n] != o.Addresses[n] {
			return false
		}
	}
	return true
}

// OnLink tells whether an address is on a link of one of the interfaces, so that no router was needed on
// the way.
func OnLink(interfaces []Interface, a netip.Addr) bool {
	if a.Is6() && a.IsLinkLocalUnicast() {
		return true // routers do not pass them on (RFC 4291 section 2.5.6)
	}
	for _, i := range interfaces {
		for _, p := range i.Addresses {
			if p.Contains(a.WithZone("")) {
				return true
			}
		}
	}
	return false
}
