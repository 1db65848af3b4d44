package mesh

import (
	"time"

	"confab/conference/signaling"
)

// maxEarly bounds the candidates' signals kept for an offer that waits for Accept.
const maxEarly = 32

// pair is one life of a connection.
type pair struct {
	conn  signaling.ConnID
	role  Role
	state State
	sent  uint32 // signals sent in this life
	seen  uint32 // greatest N received

	making   bool                  // a description is being made
	offering bool                  // of those being made, one is an offer
	unsaid   bool                  // that one is not to be sent any more
	offerN   uint32                // of the offer that waits for its answer; 0: none
	answerRe uint32                // the offer that is being answered
	held     []signaling.Candidate // of ours, found before their description went out
	again    bool                  // an offer is wanted as soon as this one is answered
	control  bool                  // the control channel is open
	up       bool                  // packets flow
	cut      bool                  // ICE starts anew: the path of before carries nothing, not even what makes the next one
	since    time.Time
	deadline time.Time // of connecting, or of the repair; zero: all is well
	restart  time.Time // when to restart ICE; zero: not planned
}

// lost: it was connected, and the path is not there.
func (p *pair) lost() bool { return p.state == StateConnected && !p.up }

// offer starts a new life of the pair, with us as offerer.
func (m *Machine) offer(now time.Time, e *member) {
	p := m.create(now, e, m.options.NewConn(), Offerer)
	m.change(e, StateInitializing, Change{})
	p.making, p.offering = true, true
	m.do(MakeOffer{Peer: e.id, Conn: p.conn})
}

func (m *Machine) create(now time.Time, e *member, conn signaling.ConnID, r Role) *pair {
	e.offers = r == Offerer
	e.pair = &pair{conn: conn, role: r, state: StateNew, since: now, deadline: now.Add(ConnectTimeout)}
	e.rebuild = time.Time{}
	m.do(Create{Peer: e.id, Conn: conn, Role: r})
	return e.pair
}

// change moves the pair on to s; c carries the reasons.
func (m *Machine) change(e *member, s State, c Change) {
	e.pair.state = s
	c.Peer, c.Conn, c.State = e.id, e.pair.conn, s
	m.do(c)
}

// close ends a pair in good order.
func (m *Machine) close(e *member, reasons Change) {
	if e.pair == nil {
		return
	}
	m.change(e, StateClosing, reasons)
	m.change(e, StateClosed, Change{})
	m.destroy(e)
}

// fail ends a pair that did not work; while both are in the room it is built anew after a pause, by
// the one who offered.
func (m *Machine) fail(now time.Time, e *member, err error) {
	m.change(e, StateFailing, Change{Err: err})
	m.change(e, StateFailed, Change{Err: err})
	pause := rebuildPauses[min(e.rebuilds, len(rebuildPauses)-1)]
	if e.pair.role == Answerer {
		pause += OfferTimeout // the offerer comes first; we only if it does not
	}
	e.rebuilds++
	m.destroy(e)
	if !m.options.Manual {
		e.rebuild = now.Add(pause)
	}
}

func (m *Machine) destroy(e *member) {
	if e.foreign {
		m.send(e, signaling.Signal{Kind: signaling.Bye})
	}
	m.do(Destroy{Peer: e.id, Conn: e.pair.conn})
	e.pair = nil
}

// send numbers a signal of the pair and says which way it goes.
func (m *Machine) send(e *member, s signaling.Signal) uint32 {
	p := e.pair
	p.sent++
	s.Conn, s.N = p.conn, p.sent
	// A control channel whose path is down still delivers if the path comes back by itself; signaling
	// is the better way if it works.
	m.do(Send{Peer: e.id, Signal: s, Control: p.control && (p.up && !p.cut || !m.online)})
	return p.sent
}

// received handles a signal of another member.
func (m *Machine) received(now time.Time, from signaling.PeerID, s signaling.Signal) {
	e := m.members[from]
	if e == nil {
		if s.Kind != signaling.Offer {
			return
		}
		e = m.present(from) // its join is still on the way
	}
	if e.pending != nil && e.pending.Conn == s.Conn {
		m.receivedEarly(e, s)
		return
	}
	p := e.pair
	if p == nil || p.conn != s.Conn {
		if s.Kind == signaling.Offer {
			m.receivedFirst(now, e, s)
		}
		return // another life's
	}
	if s.N <= p.seen {
		return // already seen on the other path, or older than what was seen
	}
	p.seen = s.N
	switch s.Kind {
	case signaling.Offer:
		m.receivedOffer(e, s)
	case signaling.Answer:
		m.receivedAnswer(now, e, s)
	case signaling.Candidates:
		m.do(AddCandidates{Peer: from, Conn: p.conn, Candidates: s.Candidates})
	case signaling.Negotiate:
		if p.role == Offerer || e.foreign {
			m.negotiate(e, s.ICERestart)
		}
	case signaling.Bye:
		m.hungUp(e)
	}
}

// hungUp: who closes is leaving; without a signaling server nobody else says so.
func (m *Machine) hungUp(e *member) {
	e.present = m.options.Manual
	m.close(e, Change{RemoteClosed: true, RemoteRejected: e.pair.role == Offerer && e.pair.state == StateInitializing})
}

// receivedFirst handles the offer of a life that we do not know yet.
func (m *Machine) receivedFirst(now time.Time, e *member, s signaling.Signal) {
	if p := e.pair; p != nil {
		// Both of us think that they were here first (a room that was parted and came together): the
		// smaller name offers. A peer that offers although we are connected lost its end of it.
		if !e.foreign && p.role == Offerer && p.state < StateConnected && m.options.Self < e.id {
			return
		}
		m.close(e, Change{RemoteClosed: true})
	}
	if m.options.Manual {
		e.pending = &s
		e.early = nil
		m.do(Offered{Peer: e.id, Conn: s.Conn})
		return
	}
	m.answer(now, e, s)
}

func (m *Machine) answer(now time.Time, e *member, s signaling.Signal) {
	p := m.create(now, e, s.Conn, Answerer)
	p.seen = s.N
	m.change(e, StateInitializing, Change{})
	m.receivedOffer(e, s)
}

// receivedEarly keeps what comes while an offer waits for Accept.
func (m *Machine) receivedEarly(e *member, s signaling.Signal) {
	switch {
	case s.Kind == signaling.Bye:
		e.pending, e.early = nil, nil
		m.do(OfferCanceled{Peer: e.id, Conn: s.Conn})
	case s.Kind == signaling.Candidates && len(e.early) < maxEarly:
		e.early = append(e.early, s)
	}
}

func (m *Machine) accept(now time.Time, id signaling.PeerID) {
	e := m.members[id]
	if e == nil || e.pending == nil || e.pair != nil {
		return
	}
	offer, early := *e.pending, e.early
	e.pending, e.early = nil, nil
	m.answer(now, e, offer)
	for _, s := range early {
		m.received(now, id, s)
	}
}

func (m *Machine) receivedOffer(e *member, s signaling.Signal) {
	p := e.pair
	if e.foreign && !p.yields(e.cross) || !e.foreign && p.role != Answerer {
		return // between Confabs nobody but the offerer offers
	}
	p.making, p.answerRe = true, s.N
	p.cut = p.cut || p.state == StateConnected // or it only may be; signaling does as well
	m.do(MakeAnswer{Peer: e.id, Conn: p.conn, SDP: s.SDP, Slots: s.Slots})
}

func (m *Machine) receivedAnswer(now time.Time, e *member, s signaling.Signal) {
	p := e.pair
	if p.role != Offerer && !e.foreign || p.offerN == 0 || s.Re != 0 && s.Re != p.offerN {
		return // a stale answer
	}
	p.offerN = 0
	m.do(ApplyAnswer{Peer: e.id, Conn: p.conn, SDP: s.SDP})
	if p.state == StateInitializing {
		m.change(e, StateConnecting, Change{})
		m.connected(now, e)
	}
	if p.again {
		p.again = false
		m.negotiate(e, p.lost())
	}
}

// negotiate makes an offer now, or as soon as the one under way is answered.
func (m *Machine) negotiate(e *member, iceRestart bool) {
	p := e.pair
	if p.making || p.offerN != 0 && !iceRestart {
		p.again = true
		return
	}
	p.making, p.offering, p.cut = true, true, p.cut || iceRestart
	m.do(MakeOffer{Peer: e.id, Conn: p.conn, ICERestart: iceRestart})
}

// ofPair handles what a connection object reports; reports of an earlier life are dropped.
func (m *Machine) ofPair(now time.Time, in Input) {
	switch in := in.(type) {
	case Described:
		if e := m.life(in.Peer, in.Conn); e != nil {
			m.described(now, e, in)
		}
	case Gathered:
		if e := m.life(in.Peer, in.Conn); e != nil {
			m.gathered(e, in.Candidates)
		}
	case PathUp:
		if e := m.life(in.Peer, in.Conn); e != nil {
			e.pair.up, e.pair.cut = true, false
			m.connected(now, e)
		}
	case PathDown:
		if e := m.life(in.Peer, in.Conn); e != nil {
			m.pathDown(now, e, in.Failed)
		}
	case Control:
		if e := m.life(in.Peer, in.Conn); e != nil {
			e.pair.control = in.Open
		}
	case Repair:
		if e := m.life(in.Peer, in.Conn); e != nil && e.pair.state == StateConnected {
			m.restart(now, e)
		}
	case HungUp:
		if e := m.life(in.Peer, in.Conn); e != nil {
			m.hungUp(e)
		}
	case Broken:
		if e := m.life(in.Peer, in.Conn); e != nil {
			m.broken(now, e, in)
		}
	}
}

// life gives the member whose living connection conn is, or nil.
func (m *Machine) life(id signaling.PeerID, conn signaling.ConnID) *member {
	if e := m.members[id]; e != nil && e.pair != nil && e.pair.conn == conn {
		return e
	}
	return nil
}

func (m *Machine) described(now time.Time, e *member, in Described) {
	p := e.pair
	offer := p.role == Offerer
	if e.foreign {
		offer = !in.Answer
	}
	if offer && p.withheld() {
		return
	}
	p.making = false
	defer m.flush(e)
	if offer {
		p.offerN = m.send(e, signaling.Signal{Kind: signaling.Offer, SDP: in.SDP, Slots: in.Slots})
		return
	}
	m.send(e, signaling.Signal{Kind: signaling.Answer, SDP: in.SDP, Re: p.answerRe})
	if p.state == StateInitializing {
		m.change(e, StateConnecting, Change{})
		m.connected(now, e)
	}
	if e.foreign && p.again { // an offer of ours that crossed theirs, or one that had to wait
		p.again = false
		m.negotiate(e, false)
	}
}

// gathered passes candidates of ours on, never before the description that they belong to.
func (m *Machine) gathered(e *member, c []signaling.Candidate) {
	p := e.pair
	p.held = append(p.held, c...)
	if !p.making {
		m.flush(e)
	}
}

func (m *Machine) flush(e *member) {
	for p := e.pair; len(p.held) > 0; {
		n := min(len(p.held), signaling.MaxCandidates)
		m.send(e, signaling.Signal{Kind: signaling.Candidates, Candidates: p.held[:n:n]})
		p.held = p.held[n:]
	}
}

// connected notes that the path is up, if it is: the end of connecting or of a repair.
func (m *Machine) connected(now time.Time, e *member) {
	p := e.pair
	if !p.up || p.state < StateConnecting {
		return
	}
	repaired := p.state == StateConnected && !p.deadline.IsZero()
	first := p.state == StateConnecting
	p.deadline, p.restart, p.since = time.Time{}, time.Time{}, now
	e.rebuilds = 0
	if first || repaired {
		m.change(e, StateConnected, Change{})
	}
}

func (m *Machine) pathDown(now time.Time, e *member, failed bool) {
	p := e.pair
	p.up = false
	switch {
	case p.state < StateConnected && failed: // no pair of candidates worked; the time for it is not over
		p.restart = now
	case p.state != StateConnected:
	case p.deadline.IsZero(): // the repair begins
		p.since, p.deadline = now, now.Add(ConnectTimeout)
		if e.away {
			p.deadline = now.Add(VanishedTimeout)
		}
		p.restart = now.Add(RestartDelay)
		m.change(e, StateConnected, Change{Repairing: true})
	}
	if failed && e.pair == p && p.state == StateConnected {
		p.restart = now
	}
}

// repair takes up an unfinished negotiation, or restarts ICE, at once.
func (m *Machine) repair(now time.Time, e *member) {
	p := e.pair
	if p.state == StateConnected && p.up && p.deadline.IsZero() && p.offerN == 0 {
		return // nothing is the matter
	}
	m.restart(now, e)
}

// restart asks for a fresh path: the offerer offers, the answerer asks for it.
func (m *Machine) restart(now time.Time, e *member) {
	p := e.pair
	p.restart = time.Time{}
	if p.lost() {
		p.restart = now.Add(RestartInterval)
	}
	switch {
	case p.making:
	case p.role == Offerer, e.foreign && p.state == StateConnected:
		p.making, p.offering = true, true
		// An offer that nobody answered is wanted again as it is; else the path needs new credentials.
		p.cut = p.cut || p.offerN == 0
		m.do(MakeOffer{Peer: e.id, Conn: p.conn, ICERestart: p.offerN == 0})
	case p.state == StateConnected:
		m.send(e, signaling.Signal{Kind: signaling.Negotiate, ICERestart: true})
	}
}

func (m *Machine) timeOut(now time.Time, e *member) {
	err := ErrNotEstablished
	if e.pair.state == StateConnected {
		err = ErrPathLost
	}
	m.fail(now, e, err)
}

// broken: a connection that works goes on if it can; else there is none.
func (m *Machine) broken(now time.Time, e *member, in Broken) {
	p := e.pair
	if p.state == StateConnected && !in.Beyond {
		p.making, p.offering, p.unsaid, p.offerN = false, false, false, 0
		m.do(Report{Peer: e.id, Err: in.Err})
		return
	}
	m.fail(now, e, in.Err)
}
