package conference

import (
	"errors"
	"fmt"
	"time"

	"confab/conference/data"
	"confab/conference/media"
	"confab/conference/media/send"
	"confab/conference/mesh"
	"confab/conference/signaling"
	"confab/conference/transport"
	"confab/conference/transport/bandwidth"
	"confab/conference/transport/pace"
)

// maxEarlyViews bounds the views kept for a connection that is not up yet.
const maxEarlyViews = 16

// do carries out what the machine decided. What may block runs on the connection's lane, and its
// result comes back as the next step.
func (l *loop) do(out mesh.Output) {
	switch o := out.(type) {
	case mesh.Create:
		l.create(o)
	case mesh.Change:
		l.change(o)
	case mesh.Destroy:
		l.destroy(o)
	case mesh.Send:
		l.send(o)
	case mesh.MakeOffer:
		l.makeOffer(o)
	case mesh.MakeAnswer:
		l.makeAnswer(o)
	case mesh.ApplyAnswer:
		l.onLane(o.Peer, o.Conn, func(c *transport.Conn) error { return c.Accept(o.SDP) })
	case mesh.AddCandidates:
		l.addCandidates(o)
	case mesh.Offered:
		l.offered(o)
	case mesh.OfferCanceled:
		if p := l.participants[o.Peer]; p != nil {
			l.emit(OfferCanceled{Client: p.RemoteClient})
		}
	case mesh.Forget:
		l.forget(o.Peer)
	case mesh.Report:
		l.emit(Problem{Err: l.about(o.Peer, o.Err)})
	}
}

// forget removes a member that is gone.
func (l *loop) forget(id signaling.PeerID) {
	reason, told := l.reasons[id]
	if !told {
		reason = "leave"
		if p := l.participants[id]; p != nil && (p.away || p.err != nil) {
			reason = "lost"
		}
	}
	l.remove(id, reason)
}

// about names the participant that an error is about.
func (l *loop) about(id signaling.PeerID, err error) error {
	if p := l.participants[id]; p != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	return err
}

// living gives the connection that is conn, or nil when that one has ended.
func (l *loop) living(id signaling.PeerID, conn signaling.ConnID) *PeerConnection {
	if p := l.participants[id]; p != nil && p.connection != nil && p.connection.conn == conn {
		return p.connection
	}
	return nil
}

// prepare makes a connection that waits for Open.
func (l *loop) prepare(to signaling.PeerID, role Role) (*PeerConnection, error) {
	p := l.participants[to]
	switch {
	case l.left:
		return nil, ErrLeft
	case p == nil:
		return nil, ErrNoClient
	case p.connection != nil || l.prepared[to] != nil:
		return nil, ErrOpened
	}
	c, err := l.newConnection(p, role)
	if err != nil {
		return nil, err
	}
	l.prepared[to] = c
	return c, nil
}

// open starts a prepared connection.
func (l *loop) open(c *PeerConnection) {
	if c.role == Offerer {
		l.step(mesh.Connect{Peer: c.client.ID})
	} else {
		l.step(mesh.Accept{Peer: c.client.ID})
	}
	if l.prepared[c.client.ID] == c { // nobody is there any more to connect to
		delete(l.prepared, c.client.ID)
		l.end(c)
	}
}

// disconnect closes a connection at the caller's wish.
func (l *loop) disconnect(c *PeerConnection) {
	if l.prepared[c.client.ID] == c {
		delete(l.prepared, c.client.ID)
		l.end(c)
		return
	}
	if l.living(c.client.ID, c.conn) == c {
		l.step(mesh.Disconnect{Peer: c.client.ID})
	}
}

func (l *loop) reject(id signaling.PeerID) { l.step(mesh.Disconnect{Peer: id}) }

// end closes a connection that never was in the mesh.
func (l *loop) end(c *PeerConnection) {
	l.setState(c, StateClosing, nil)
	l.setState(c, StateClosed, nil)
	l.dispose(c)
}

func (l *loop) offered(o mesh.Offered) {
	p := l.participants[o.Peer]
	if p == nil {
		p = l.add(signaling.Peer{ID: o.Peer, Name: string(o.Peer)})
		l.emit(RemoteClientJoin{Client: p.RemoteClient})
	}
	l.emit(PeerConnectionOffer{Client: p.RemoteClient, channel: l.channel})
}

func (l *loop) create(o mesh.Create) {
	p := l.participants[o.Peer]
	if p == nil { // an offer that overtook its sender's join
		p = l.add(signaling.Peer{ID: o.Peer, Name: string(o.Peer)})
		l.emit(RemoteClientJoin{Client: p.RemoteClient})
	}
	c := l.prepared[o.Peer]
	delete(l.prepared, o.Peer)
	if c == nil {
		var err error
		if c, err = l.newConnection(p, o.Role); err != nil {
			l.emit(Problem{Err: l.about(o.Peer, err)})
			l.step(mesh.Broken{Peer: o.Peer, Conn: o.Conn, Err: err})
			return
		}
		c.opened.Store(true)
	}
	c.conn = o.Conn
	p.connection = c
	p.state, p.since, p.err, p.reconnecting = StateNew, time.Now(), nil, false
	p.quality = quality{}
	l.expect(p)
	l.changed = true
	l.emit(StreamChange{Client: p.RemoteClient, Media: c.media, Added: true})
	l.emit(StateChange{Client: p.RemoteClient, Connection: c, To: StateNew})
}

func (l *loop) change(o mesh.Change) {
	p := l.participants[o.Peer]
	c := l.living(o.Peer, o.Conn)
	if c == nil {
		return
	}
	c.mu.Lock()
	c.remoteClosed = c.remoteClosed || o.RemoteClosed
	c.remoteRejected = c.remoteRejected || o.RemoteRejected
	c.mu.Unlock()
	p.state, p.since, p.reconnecting = o.State, time.Now(), o.Repairing
	if o.Err != nil {
		p.err = o.Err
	}
	l.changed = true
	if o.State == StateConnected && !o.Repairing {
		l.attach(c)
	}
	if (o.State == StateFailing || o.State == StateClosing) && c.media != nil {
		l.emit(StreamChange{Client: p.RemoteClient, Media: c.media})
	}
	l.setState(c, o.State, &o)
}

// setState makes the state visible, tells the subscribers, and wakes who waits in Open, in this order.
func (l *loop) setState(c *PeerConnection, s ConnectionState, o *mesh.Change) {
	from := c.State()
	c.state.Store(uint32(s))
	e := StateChange{Client: c.client, Connection: c, From: from, To: s}
	if o != nil {
		e.Reconnecting, e.Err = o.Repairing, o.Err
		if o.Err != nil {
			c.mu.Lock()
			c.err = o.Err
			c.mu.Unlock()
		}
	}
	l.emit(e)
	switch {
	case s == StateConnected && from != StateConnected:
		close(c.up)
	case s == StateClosed || s == StateFailed:
		close(c.end)
	}
}

// destroy takes a connection out of the room; it is in its last state.
func (l *loop) destroy(o mesh.Destroy) {
	c := l.living(o.Peer, o.Conn)
	if c == nil {
		return
	}
	l.participants[o.Peer].connection = nil
	l.changed = true
	l.dispose(c)
}

// send passes a signal on, over the control channel or by signaling.
func (l *loop) send(o mesh.Send) {
	s := o.Signal
	if o.Control {
		if c := l.living(o.Peer, s.Conn); c != nil {
			l.control(c, s)
			return
		}
	}
	l.sender.do(func() {
		err := l.session.Send(l.ctx, o.Peer, s)
		if err != nil && !errors.Is(err, signaling.ErrInterrupted) { // after an interruption the machine sends again
			l.channel.client.log.Debug("send signal", "peer", o.Peer, "err", err)
		}
	})
}

// onLane runs f on the connection's lane and reports its error to the machine.
func (l *loop) onLane(id signaling.PeerID, conn signaling.ConnID, f func(*transport.Conn) error) {
	c := l.living(id, conn)
	if c == nil {
		return
	}
	c.lane.do(func() {
		if err := f(c.pair); err != nil {
			l.work.put(func() {
				l.step(mesh.Broken{Peer: id, Conn: conn, Err: err, Beyond: errors.Is(err, transport.ErrBroken)})
			})
		}
	})
}

func (l *loop) makeOffer(o mesh.MakeOffer) {
	l.channel.client.log.Info("offer made", "peer", o.Peer, "restart", o.ICERestart)
	l.onLane(o.Peer, o.Conn, func(c *transport.Conn) error {
		sdp, slots, err := c.Offer(o.ICERestart)
		if err == nil {
			l.work.put(func() { l.step(mesh.Described{Peer: o.Peer, Conn: o.Conn, SDP: sdp, Slots: slots}) })
		}
		return err
	})
}

func (l *loop) makeAnswer(o mesh.MakeAnswer) {
	l.onLane(o.Peer, o.Conn, func(c *transport.Conn) error {
		sdp, err := c.Answer(o.SDP, o.Slots)
		if err == nil {
			l.work.put(func() { l.step(mesh.Described{Peer: o.Peer, Conn: o.Conn, SDP: sdp, Answer: true}) })
		}
		return err
	})
}

func (l *loop) addCandidates(o mesh.AddCandidates) {
	c := l.living(o.Peer, o.Conn)
	if c == nil {
		return
	}
	c.lane.do(func() {
		// A candidate that cannot be used harms nobody: the others are.
		if err := c.pair.AddCandidates(o.Candidates); err != nil {
			l.channel.client.log.Debug("add candidates", "peer", o.Peer, "err", err)
		}
	})
}

// attach lets our media flow to a connection that has just come up.
func (l *loop) attach(c *PeerConnection) {
	if c.out.Load() != nil {
		return
	}
	wires := make(map[Slot]pace.Wire)
	for _, s := range media.Slots() {
		if !c.foreign || c.pair.Carries(s) {
			wires[s] = c.pair.Outbound(s)
		}
	}
	o := &outbound{
		path: pace.NewPath(pace.PathOptions{
			Wires: wires, Start: l.startOf(c), RequestKeyFrame: c.restart, Logger: l.channel.client.log.With("peer", c.client.ID),
		}),
		video: make(map[Slot]*send.VideoPeer), sound: make(map[Slot]*send.AudioPeer),
	}
	for s, v := range l.local.video {
		if wires[s] == nil {
			continue
		}
		o.video[s] = v.Add(string(c.conn), o.path.Line(s))
	}
	for s, a := range l.local.sound {
		if wires[s] == nil {
			continue
		}
		o.sound[s] = a.Add(string(c.conn), o.path.Line(s))
	}
	c.out.Store(o)
	for _, v := range c.early {
		l.view(c, v)
	}
	c.early = nil
}

// view notes how the other end shows a slot of ours.
func (l *loop) view(c *PeerConnection, v data.View) {
	if v.Slot == Camera {
		c.shows = v.Height
		if !v.Visible {
			c.shows = 0
		}
	}
	c.pinned[v.Slot] = v.Pinned && v.Visible
	if o := c.out.Load(); o != nil {
		o.video[v.Slot].SetView(v.Width, v.Height, v.Visible)
		return
	}
	if len(c.early) < maxEarlyViews {
		c.early = append(c.early, v)
	}
}

// restart has a slot begin anew after its path became slow or was away. The path's goroutine calls it.
func (p *PeerConnection) restart(s Slot) {
	if o := p.out.Load(); o != nil {
		o.video[s].Restart()
	}
}

// report passes on what the peer says about our packets, past the loop: it is of use while it is fresh.
// It tells whether the event was one of these.
func (p *PeerConnection) report(e transport.Event) bool {
	o := p.out.Load()
	switch e := e.(type) {
	case transport.Feedback:
		if o != nil {
			o.path.Feedback(e.Results)
		}
		return true
	case transport.ReceiverReported:
		if o != nil {
			o.path.Report(bandwidth.Report{FractionLost: e.FractionLost, RoundTripTime: e.RoundTripTime})
		}
		return false // the sound's loss is the loop's
	case transport.ReceiveLimited:
		if o != nil {
			o.path.Limit(e.BitsPerSecond)
		}
		return true
	case transport.RepairRequested:
		if o != nil {
			o.path.Repair(e.Slot, e.SequenceNumbers)
		}
		return true
	}
	return false
}
