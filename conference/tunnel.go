package conference

import (
	"confab/conference/signaling"
	"confab/conference/transport"
)

// tunnel is a foreign client's way of negotiating over the connection itself, as its driver sees it.
type tunnel struct{ pair *transport.Conn }

// Send implements [signaling.Tunnel].
func (t tunnel) Send(data []byte, text bool) error { return t.pair.SendTunnel(data, text) }

// OpenText implements [signaling.Tunnel].
func (t tunnel) OpenText(label string) error { return t.pair.OpenText(label) }

// tunnel tells the driver of a foreign client's tunnel, in the order of what is sent by signaling.
func (l *loop) tunnel(c *PeerConnection, tell func(signaling.Tunneler)) {
	if t, ok := l.session.(signaling.Tunneler); ok {
		l.sender.do(func() { tell(t) })
	}
}

// foreignOptions say how a foreign client is talked to.
func (l *loop) foreignOptions(p *participant) transport.ForeignOptions {
	o := transport.ForeignOptions{Text: p.peer.Text}
	if t, ok := l.session.(signaling.Tunneler); ok && p.peer.Tunnel {
		id := p.ID
		o.Tunnel, o.Framing = true, func() signaling.Framing { return t.Framing(id) }
	}
	return o
}
