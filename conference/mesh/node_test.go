package mesh_test

import (
	"fmt"
	"strings"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

// step gives in to n's machine and does what it says, checking each word of it.
func (w *world) step(n *node, in mesh.Input) {
	outs := append([]mesh.Output(nil), n.machine.Step(w.now, in)...)
	for _, out := range outs {
		w.do(n, out)
	}
}

func (w *world) do(n *node, out mesh.Output) {
	switch o := out.(type) {
	case mesh.Create:
		if c := n.conns[o.Peer]; c != nil {
			w.fault("%s creates %s to %s beside %s", n.id, o.Conn, o.Peer, c.id)
		}
		n.conns[o.Peer] = &conn{id: o.Conn, role: o.Role, state: mesh.StateNew, generation: 1}
		w.note("%s creates %s to %s as %s", n.id, o.Conn, o.Peer, o.Role)
	case mesh.Change:
		c := n.conns[o.Peer]
		switch {
		case c == nil || c.id != o.Conn:
			w.fault("%s: change of %s, which does not live", n.id, o.Conn)
			return
		case o.State == mesh.StateConnected && c.state == mesh.StateConnected: // a repair begins or ends
		case !c.state.CanBecome(o.State):
			w.fault("%s: %s goes from %v to %v", n.id, o.Conn, c.state, o.State)
		}
		c.state = o.State
		w.note("%s to %s: %v repairing=%v %v", n.id, o.Peer, o.State, o.Repairing, o.Err)
	case mesh.Destroy:
		if c := n.conns[o.Peer]; c == nil || c.id != o.Conn || c.state != mesh.StateClosed && c.state != mesh.StateFailed {
			w.fault("%s destroys %s before its end", n.id, o.Conn)
		}
		delete(n.conns, o.Peer)
	case mesh.Send:
		w.send(n, o)
	case mesh.MakeOffer, mesh.MakeAnswer, mesh.ApplyAnswer, mesh.AddCandidates:
		w.after(w.minimum, func() { w.describe(n, out) })
	}
}

// send carries a signal: over the control channel if the path is up, else by the server.
func (w *world) send(n *node, o mesh.Send) {
	w.note("%s > %s %s %s n=%d control=%v", n.id, o.Peer, o.Signal.Kind, o.Signal.Conn, o.Signal.N, o.Control)
	c := n.conns[o.Peer]
	arrives := func() {
		if m := w.nodes[o.Peer]; m != nil && m.alive {
			w.step(m, mesh.Received{From: n.id, Signal: o.Signal})
		}
	}
	switch {
	case o.Control && c != nil && c.up:
		w.after(w.minimum, arrives)
	case !o.Control && w.server && n.online:
		w.after(2*w.minimum, func() {
			if m := w.nodes[o.Peer]; w.server && m != nil && m.online {
				arrives()
			}
		})
	}
}

// describe does what a WebRTC connection does with descriptions; the SDP is "offer GENERATION".
func (w *world) describe(n *node, out mesh.Output) {
	if !n.alive {
		return
	}
	get := func(peer signaling.PeerID, id signaling.ConnID) *conn {
		if c := n.conns[peer]; c != nil && c.id == id {
			return c
		}
		return nil
	}
	switch o := out.(type) {
	case mesh.MakeOffer:
		c := get(o.Peer, o.Conn)
		if c == nil {
			return
		}
		if c.role != mesh.Offerer {
			w.fault("%s offers as %s", n.id, c.role)
		}
		if c.outstanding == "" {
			if o.ICERestart {
				c.generation++
				c.up = false
			}
			c.outstanding = fmt.Sprintf("offer %d", c.generation)
		}
		w.step(n, mesh.Described{Peer: o.Peer, Conn: o.Conn, SDP: c.outstanding})
		w.gather(n, o.Peer, c)
	case mesh.MakeAnswer:
		c := get(o.Peer, o.Conn)
		if c == nil {
			return
		}
		var g int
		if _, err := fmt.Sscanf(o.SDP, "offer %d", &g); err != nil {
			w.fault("%s answers %q", n.id, o.SDP)
		}
		if g != c.remote && c.remote != 0 {
			c.generation++
			c.up = false
		}
		c.remote = g
		w.step(n, mesh.Described{Peer: o.Peer, Conn: o.Conn, SDP: fmt.Sprintf("answer %d", c.generation)})
		w.gather(n, o.Peer, c)
		w.after(w.way(), func() { w.tryPath(n.id, o.Peer) })
	case mesh.ApplyAnswer:
		c := get(o.Peer, o.Conn)
		if c == nil {
			return
		}
		if c.outstanding == "" || !strings.HasPrefix(o.SDP, "answer ") {
			w.fault("%s applies %q to %q", n.id, o.SDP, c.outstanding)
			return
		}
		c.outstanding = ""
		fmt.Sscanf(o.SDP, "answer %d", &c.remote)
		w.after(w.way(), func() { w.tryPath(n.id, o.Peer) })
	}
}

func (w *world) gather(n *node, peer signaling.PeerID, c *conn) {
	w.after(w.minimum, func() {
		if n.alive && n.conns[peer] == c {
			w.step(n, mesh.Gathered{Peer: peer, Conn: c.id, Candidates: []signaling.Candidate{{Candidate: "candidate:1"}}})
		}
	})
}
