package conference

import (
	"confab/conference/mesh"
	"confab/conference/signaling"
)

// Repair restarts ICE with a client, as if somebody had noticed that the path is lost.
func (c *Channel) Repair(id signaling.PeerID) {
	c.loop.work.put(func() {
		if p := c.loop.participants[id]; p != nil && p.connection != nil {
			c.loop.step(mesh.Repair{Peer: id, Conn: p.connection.conn})
		}
	})
}
