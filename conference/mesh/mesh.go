// Package mesh decides who offers to whom, and when a pair is rebuilt; it does no I/O.
//
// A [Machine] is told what happened as an [Input] and answers what is to be done as a list of
// [Output], in order. It owns the rules of the mesh:
//
//   - Of a pair, the member that was in the room first offers, for the life of the connection; the
//     other one answers and asks when it needs an offer. So two offers never cross.
//   - Each life of a pair's connection has its own ConnID, and each direction counts its signals:
//     what belongs to another life, or was already seen on the other path, is dropped.
//   - As soon as a pair's control channel is open its signals go there, and the signaling server may
//     die.
//   - Who is foreign (another program) knows none of this: see foreign.go.
//   - A path that is lost is repaired by ICE restarts while the state stays Connected; what is not
//     back in time fails, and is built anew while both are still in the room.
//
// There is no goroutine, clock, socket or randomness in here. One caller at a time.
package mesh

import (
	"errors"
	"slices"
	"time"

	"confab/conference/signaling"
)

// Patience of the mesh.
const (
	// ConnectTimeout is how long a connection may take, and how long a lost path may be under repair
	// (LiveSwitch's 30 s).
	ConnectTimeout = 30 * time.Second
	// OfferTimeout is how long a newcomer waits for the offer of a member before it offers itself.
	OfferTimeout = 10 * time.Second
	// RestartDelay is the time from a path that is disconnected to the ICE restart; a path that failed
	// is restarted at once.
	RestartDelay = 3 * time.Second
	// RestartInterval is the time between attempts to restart ICE while the path stays lost.
	RestartInterval = 5 * time.Second
	// VanishedTimeout is how long a lost path is waited for when the member's signaling broke at the
	// same time: its process is gone, or its machine.
	VanishedTimeout = 5 * time.Second
)

// rebuildPauses are the pauses before a failed connection is built anew; the last one repeats.
var rebuildPauses = [...]time.Duration{2 * time.Second, 10 * time.Second, 30 * time.Second}

// Errors that end a connection.
var (
	ErrNotEstablished = errors.New("no connection could be established")
	ErrPathLost       = errors.New("the path was lost and did not come back")
	ErrClosed         = errors.New("connection was closed")
)

// Role is a member's part in a pair.
type Role uint8

// The roles.
const (
	Offerer Role = iota + 1
	Answerer
)

// String is the role in lower case.
func (r Role) String() string {
	switch r {
	case Offerer:
		return "offerer"
	case Answerer:
		return "answerer"
	}
	return "unknown"
}

// Options are a machine's settings.
type Options struct {
	Self    signaling.PeerID
	NewConn func() signaling.ConnID // gives a name that was never used before
	// Manual leaves it to the caller to say Connect to a newcomer and Accept to an offer.
	Manual bool
}

// Machine is the mesh of one room, as one member sees it.
type Machine struct {
	options Options
	online  bool // our signaling path works
	members map[signaling.PeerID]*member
	order   []signaling.PeerID // of members, so that a run is repeatable
	out     []Output
}

// member is somebody else in the room.
type member struct {
	id      signaling.PeerID
	present bool // in the room, as far as signaling knows
	away    bool // its signaling path is lost
	offers  bool // of the two of us, we offer
	foreign bool // another program
	cross   signaling.Crossing
	pair    *pair
	pending *signaling.Signal // Manual: an offer that waits for Accept
	early   []signaling.Signal

	rebuilds int       // since the last connection that was established
	rebuild  time.Time // when to offer anew; zero: never
}

// New gives the machine of a member that just joined.
func New(o Options) *Machine {
	return &Machine{options: o, online: true, members: make(map[signaling.PeerID]*member)}
}

// Step takes what happened at now and gives what is to be done, in this order. The result is valid
// until the next Step.
func (m *Machine) Step(now time.Time, in Input) []Output {
	clear(m.out)
	m.out = m.out[:0]
	switch in := in.(type) {
	case Present:
		for _, id := range in.Peers {
			e := m.present(id)
			e.offers = false
			m.plan(now, e)
		}
	case Joined:
		m.joined(now, in)
	case Gone:
		m.gone(in.Peer, in.Lost)
	case Away:
		m.setAway(now, in.Peer, in.Away)
	case Interrupted:
		m.online = false
	case Resumed:
		m.resumed(now, in)
	case Received:
		m.received(now, in.From, in.Signal)
	case Connect:
		m.connect(now, in.Peer)
	case Accept:
		m.accept(now, in.Peer)
	case Disconnect:
		m.disconnect(in.Peer)
	case Leave:
		m.leave()
	case Tick:
	default:
		m.ofPair(now, in)
	}
	m.expire(now)
	return m.out
}

// Deadline is when to Step with Tick next; zero: never.
func (m *Machine) Deadline() time.Time {
	var first time.Time
	earlier := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, e := range m.members {
		earlier(e.rebuild)
		if e.pair != nil {
			earlier(e.pair.deadline)
			earlier(e.pair.restart)
		}
	}
	return first
}

// plan sees to it that a member without a connection gets one: at once if we offer, else after the
// other has had its time to. In a manual mesh the caller does so.
func (m *Machine) plan(now time.Time, e *member) {
	switch {
	case m.options.Manual || e.pair != nil || !e.rebuild.IsZero():
	case e.offers:
		e.rebuild = now
	default:
		e.rebuild = now.Add(OfferTimeout)
	}
}

// present makes sure that id is known as being in the room.
func (m *Machine) present(id signaling.PeerID) *member {
	e := m.members[id]
	if e == nil {
		e = &member{id: id}
		m.members[id] = e
		m.order = append(m.order, id)
	}
	e.present = true
	return e
}

func (m *Machine) forget(id signaling.PeerID) {
	m.do(Forget{Peer: id})
	delete(m.members, id)
	m.order = slices.DeleteFunc(m.order, func(o signaling.PeerID) bool { return o == id })
}

func (m *Machine) do(o Output) { m.out = append(m.out, o) }

// joined: we were here first, so the pair is ours to offer. Who has a connection already only came
// back to signaling.
func (m *Machine) joined(now time.Time, in Joined) {
	e := m.present(in.Peer)
	e.away, e.foreign, e.cross = false, in.Foreign, in.Crossing
	if e.pair != nil {
		m.repair(now, e)
		return
	}
	e.offers, e.rebuild = !in.Offers, time.Time{}
	m.plan(now, e)
}

// gone: a member left the room. One that signaling only lost is kept while packets flow.
func (m *Machine) gone(id signaling.PeerID, lost bool) {
	e := m.members[id]
	if e == nil {
		return
	}
	if lost && e.pair != nil && e.pair.state == StateConnected {
		e.present, e.away = false, true
		return
	}
	m.close(e, Change{RemoteClosed: true})
	m.forget(id)
}

func (m *Machine) setAway(now time.Time, id signaling.PeerID, away bool) {
	e := m.members[id]
	if e == nil || e.away == away {
		return
	}
	e.away = away
	switch p := e.pair; {
	case p == nil && !away:
		m.plan(now, e)
	case p == nil:
	case away && p.lost():
		p.deadline = earliest(p.deadline, now.Add(VanishedTimeout))
	case !away && p.lost():
		p.deadline = p.since.Add(ConnectTimeout)
		m.repair(now, e)
	}
}

// resumed: signaling is back. Who left meanwhile and has no living connection is gone; unfinished
// negotiations, whose signals may be lost, are taken up again.
func (m *Machine) resumed(now time.Time, in Resumed) {
	m.online = true
	listed := make(map[signaling.PeerID]bool, len(in.Members))
	for _, o := range in.Members {
		listed[o.ID] = true
	}
	for _, id := range slices.Clone(m.order) {
		if !listed[id] {
			m.gone(id, true) // it may be on its way back to the server, too
		}
	}
	for _, o := range in.Members {
		e := m.present(o.ID)
		e.away, e.foreign, e.cross = o.Away, o.Foreign, o.Crossing
		switch {
		case e.pair != nil:
			m.repair(now, e)
		case in.Rejoined:
			e.offers, e.rebuild = false, time.Time{}
			m.plan(now, e)
		default:
			m.plan(now, e)
		}
	}
}

func (m *Machine) connect(now time.Time, id signaling.PeerID) {
	if e := m.members[id]; e != nil && e.pair == nil {
		m.offer(now, e)
	}
}

func (m *Machine) disconnect(id signaling.PeerID) {
	e := m.members[id]
	if e == nil {
		return
	}
	e.rebuild = time.Time{}
	if e.pending != nil { // Reject
		m.do(Send{Peer: id, Signal: signaling.Signal{Kind: signaling.Bye, Conn: e.pending.Conn, N: 1}})
		e.pending, e.early = nil, nil
	}
	if p := e.pair; p != nil {
		if !e.foreign { // its driver is told in any case
			m.send(e, signaling.Signal{Kind: signaling.Bye})
		}
		m.close(e, Change{})
	}
}

func (m *Machine) leave() {
	for _, id := range slices.Clone(m.order) {
		m.disconnect(id)
		m.forget(id)
	}
}

// expire does what is due.
func (m *Machine) expire(now time.Time) {
	for _, id := range slices.Clone(m.order) {
		e := m.members[id]
		if p := e.pair; p != nil {
			switch {
			case due(now, p.deadline):
				m.timeOut(now, e)
			case due(now, p.restart):
				m.restart(now, e)
			}
		}
		if e.pair == nil && due(now, e.rebuild) {
			e.rebuild = time.Time{}
			if e.present && !e.away && m.online {
				m.offer(now, e)
			}
		}
		if e.pair == nil && !e.present {
			m.forget(id)
		}
	}
}

func due(now, t time.Time) bool { return !t.IsZero() && !now.Before(t) }

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
