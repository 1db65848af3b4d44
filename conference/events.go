package conference

import (
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"confab/conference/data"
	"confab/conference/media"
	"confab/conference/mesh"
	"confab/conference/signaling"
	"confab/conference/transport"
)

// newConnection makes the object, in StateNew, with all that receives what the other end will send.
func (l *loop) newConnection(p *participant, role Role) (*PeerConnection, error) {
	c := &PeerConnection{
		client: p.RemoteClient, role: role, foreign: p.foreign, loop: l, lane: newLane(),
		end: make(chan struct{}), up: make(chan struct{}), pinned: make(map[Slot]bool),
	}
	c.state.Store(uint32(StateNew))
	post := func(e transport.Event) {
		if !c.report(e) {
			l.work.put(func() { l.event(c, e) })
		}
	}
	var pair *transport.Conn
	var err error
	if p.foreign {
		pair, err = l.engine.NewForeignConn(transport.Role(role), l.foreignOptions(p), post)
	} else {
		pair, err = l.engine.NewConn(transport.Role(role), post)
	}
	if err != nil {
		c.lane.close()
		return nil, err
	}
	c.pair = pair
	r := l.recorder(p)
	if c.media, err = l.newMedia(c, p, r); err != nil {
		c.lane.close()
		return nil, errors.Join(err, pair.Close())
	}
	var tap func(media.AudioFrame)
	if r != nil {
		tap = r.sound
	}
	l.channel.client.mixer.Add(c.mixID(), c.media, tap)
	return c, nil
}

// mixID names the connection in the mixer, which outlives it.
func (p *PeerConnection) mixID() string { return string(p.client.ID) + " " + p.serial }

// dispose frees what a connection holds, without the loop waiting for it.
func (l *loop) dispose(c *PeerConnection) {
	l.channel.client.mixer.Remove(c.mixID())
	c.lane.close()
	log := l.channel.client.log
	l.tasks.Go(func() {
		c.out.Load().close(log)
		if err := c.pair.Close(); err != nil {
			log.Warn("close connection", "peer", c.client.ID, "err", err)
		}
		<-c.lane.done
		c.tracks.Wait()
		if err := c.media.close(); err != nil {
			log.Warn("close media", "peer", c.client.ID, "err", err)
		}
	})
}

// close ends the sending; nil is fine.
func (o *outbound) close(log *slog.Logger) {
	if o == nil {
		return
	}
	for _, v := range o.video {
		v.Close()
	}
	for _, a := range o.sound {
		a.Close()
	}
	if err := o.path.Close(); err != nil {
		log.Warn("close path", "err", err) // it ends with the connection
	}
}

// event handles what the transport of a connection reports.
func (l *loop) event(c *PeerConnection, e transport.Event) {
	id, conn := c.client.ID, c.conn
	if l.living(id, conn) != c {
		return // an earlier life's
	}
	switch e := e.(type) {
	case transport.CandidatesFound:
		l.step(mesh.Gathered{Peer: id, Conn: conn, Candidates: e.Candidates})
	case transport.StateChanged:
		l.path(c, e)
	case transport.ControlOpen:
		if c.foreign {
			l.tunnel(c, func(t signaling.Tunneler) { t.TunnelOpened(id, conn, tunnel{c.pair}) })
			return
		}
		c.control = true
		l.step(mesh.Control{Peer: id, Conn: conn, Open: true})
		l.sendState(c)
		for _, v := range c.media.wishes() {
			l.control(c, v)
		}
	case transport.ControlClosed:
		if c.foreign {
			l.tunnel(c, func(t signaling.Tunneler) { t.TunnelClosed(id, conn) })
			return
		}
		c.control = false
		l.step(mesh.Control{Peer: id, Conn: conn})
	case transport.ControlMessage:
		if c.foreign {
			if l.affords(c) {
				l.tunnel(c, func(t signaling.Tunneler) { t.TunnelHeard(id, conn, e.Data) })
			}
			return
		}
		l.fromPeer(c, e.Data)
	case transport.TextMessage:
		l.foreignText(c, e.Text)
	case transport.TextRefused:
		l.channel.client.log.Warn("message of a foreign client dropped", "peer", id, "err", e.Err)
	case transport.ControlRefused:
		l.channel.client.log.Warn("control message dropped", "peer", id, "err", e.Err)
	case transport.TrackStarted:
		l.track(c, e)
	case transport.ReceiverReported:
		if o := c.out.Load(); o != nil && o.sound[e.Slot] != nil {
			o.sound[e.Slot].SetLoss(e.FractionLost)
		}
	case transport.KeyFrameRequested:
		if o := c.out.Load(); o != nil && o.video[e.Slot] != nil {
			o.video[e.Slot].RequestKeyFrame()
		}
	}
}

// path tells the machine how the connection's packets fare.
func (l *loop) path(c *PeerConnection, e transport.StateChanged) {
	id, conn := c.client.ID, c.conn
	noPath := errors.Is(e.Err, transport.ErrNoPath)
	switch {
	case e.State == transport.StateConnected:
		l.step(mesh.PathUp{Peer: id, Conn: conn})
	case e.State == transport.StateDisconnected:
		l.step(mesh.PathDown{Peer: id, Conn: conn})
	case e.State == transport.StateFailed && noPath:
		l.step(mesh.PathDown{Peer: id, Conn: conn, Failed: true})
	case e.State == transport.StateFailed: // nothing repairs a handshake
		l.step(mesh.Broken{Peer: id, Conn: conn, Err: e.Err, Beyond: true})
	case e.State == transport.StateClosed && e.Err != nil:
		l.step(mesh.HungUp{Peer: id, Conn: conn})
	}
}

// track starts to read a track.
func (l *loop) track(c *PeerConnection, e transport.TrackStarted) {
	c.tracks.Go(func() { c.media.read(e.Slot, e.Track) }) // ends with the connection; dispose waits
	l.emit(TrackStarted{Client: l.participants[c.client.ID].RemoteClient, Slot: e.Slot})
}

// fromPeer handles a message of the control channel.
func (l *loop) fromPeer(c *PeerConnection, b []byte) {
	if !l.affords(c) {
		return
	}
	kind, err := data.Kind(b)
	if err == nil {
		switch kind {
		case "state", "view", "chat":
			var m data.Message
			if m, err = data.Parse(b); err == nil {
				l.fromPeerMessage(c, m)
			}
		default:
			err = l.fromPeerSignal(c, b)
		}
	}
	if err != nil {
		l.channel.client.log.Warn("control message dropped", "peer", c.client.ID, "err", err)
	}
}

// affords tells whether a message more of the peer is taken; the first one too many is a problem.
func (l *loop) affords(c *PeerConnection) bool {
	if c.recent.allows(time.Now()) {
		return true
	}
	if c.recent.count == budgetSize+1 {
		l.emit(Problem{Err: l.about(c.client.ID, ErrFlooded)})
	}
	return false
}

func (l *loop) fromPeerSignal(c *PeerConnection, b []byte) error {
	s, err := signaling.ParseSignal(b)
	if err != nil {
		return err
	}
	l.step(mesh.Received{From: c.client.ID, Signal: s})
	return nil
}

func (l *loop) fromPeerMessage(c *PeerConnection, m data.Message) {
	switch m := m.(type) {
	case data.State:
		l.update(l.participants[c.client.ID], m.Name, m.Metadata)
	case data.View:
		l.view(c, m)
	case data.Chat:
		l.chat(c, m)
	}
}

// sendState tells one peer our name and what we send, over the control channel.
func (l *loop) sendState(c *PeerConnection) {
	l.control(c, data.State{Name: l.self.Name, Metadata: l.self.Metadata})
}

// control sends m, a signal or a data.Message, over the control channel if it is open.
func (l *loop) control(c *PeerConnection, m any) {
	if c == nil || !c.control {
		return
	}
	var b []byte
	var err error
	switch m := m.(type) {
	case signaling.Signal:
		b, err = json.Marshal(m)
	case data.Message:
		b, err = data.Append(nil, m)
	}
	if err != nil {
		l.channel.client.log.Error("make control message", "err", err)
		return
	}
	c.lane.do(func() {
		if err := c.pair.SendControl(b); err != nil {
			l.channel.client.log.Debug("send control message", "peer", c.client.ID, "err", err)
		}
	})
}
