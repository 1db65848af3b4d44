package signaling

// Tunneler is a Session some of whose foreign members (Peer.Tunnel) negotiate over a data channel of the
// connection as soon as it is open. What goes over it is the driver's: it is told what arrives and passes it
// on as Received, and Send uses the tunnel instead of the signaling server. The methods are called in the
// order of Send, and return soon.
type Tunneler interface {
	Session
	// TunnelOpened says that a connection's tunnel can be used from now on.
	TunnelOpened(peer PeerID, conn ConnID, t Tunnel)
	// TunnelHeard brings a message. The session owns data.
	TunnelHeard(peer PeerID, conn ConnID, data []byte)
	// TunnelClosed says that the tunnel is gone for good.
	TunnelClosed(peer PeerID, conn ConnID)
	// Framing makes what puts text on a connection's data channel for text; nil: text goes as it is. It is
	// safe from any goroutine.
	Framing(peer PeerID) Framing
}

// Tunnel is the data channel 0 of a connection to a foreign member, negotiated, ordered and reliable. Its
// methods never wait.
type Tunnel interface {
	// Send sends one message, of text or binary. data may be reused on return.
	Send(data []byte, text bool) error
	// OpenText opens the data channel for text, unless there is one.
	OpenText(label string) error
}

// Framing puts text on a data channel in the form of a foreign system. Frame has one caller at a time, and
// so has Unframe.
type Framing interface {
	// Frame gives the binary messages that carry a text.
	Frame(text string) [][]byte
	// Unframe takes a binary message that arrived. reply is to be sent back at once, unless it is nil; done
	// says that text is whole. An error concerns this message alone.
	Unframe(data []byte) (text string, done bool, reply []byte, err error)
}

// Crossing says whose offer counts when two offers of one connection cross.
type Crossing uint8

// Whose.
const (
	CrossingFirst  Crossing = iota // the one's who made the connection's first offer
	CrossingTheirs                 // the foreign member's; ours is made again
	CrossingOurs
)
