package duo

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"confab/conference/signaling"
)

// maxKept bounds the candidates kept for descriptions that have not come yet.
const maxKept = 64

// pair is the other one in the room, and the present life of our connection to it. It does no I/O.
type pair struct {
	system System
	room   string
	emit   func(signaling.Message)
	ask    func(after time.Duration) // who is there
	log    *slog.Logger

	other  *signaling.Peer  // nil: nobody, as far as we know
	known  signaling.PeerID // what the system calls it; empty: nothing
	count  int              // of those who were here, for IDs
	conns  int              // of lives that they began, likewise
	life   life
	kept   []signaling.Candidate // of no description that we have
	caller string                // newest offer of somebody who may be a stranger; empty: none
	coming Arrived               // who was announced; zero: nobody
}

// life is one connection's.
type life struct {
	conn     signaling.ConnID // empty: there is none
	n        uint32           // of the last signal that came
	origin   string           // of their descriptions; empty: none came
	fragment []string         // ICE user name fragments of their last description
	waiting  bool             // an offer of ours has no answer
	ours     bool             // it began with an offer of ours
	arrival  *Arrived         // who came while it lasted; nil: nobody
}

func (p *pair) lives() bool { return p.life.conn != "" }

func (p *pair) id() signaling.PeerID {
	if p.other == nil {
		return ""
	}
	return p.other.ID
}

// doubts tells whether an offer waits until it is known whether anybody is there.
func (p *pair) doubts() bool { return p.other == nil && p.caller != "" }

// rejoined is called when the room was entered again; who has no connection to us is unknown then.
func (p *pair) rejoined() []signaling.Peer {
	if !p.lives() {
		p.other, p.caller = nil, ""
		return nil
	}
	return []signaling.Peer{*p.other}
}

// hear takes what came from the server.
func (p *pair) hear(w Word) {
	switch w := w.(type) {
	case Arrived:
		p.arrived(w)
	case Announced:
		p.coming = Arrived(w)
	case Present:
		p.present(w.Others)
	case Gone:
		p.left(w.ID)
	case Offer:
		p.offered(w.SDP)
	case Answer:
		p.answered(w.SDP)
	case Candidate:
		p.candidate(w.Candidate)
	}
}

// arrived makes somebody known to whom we offer. During a life it may be the same one, whom a server that
// forgot us both presents anew: an offer with new ICE credentials tells, by its answer.
func (p *pair) arrived(a Arrived) {
	if p.life.origin != "" {
		p.life.arrival = &a
		p.receive(signaling.Signal{Kind: signaling.Negotiate, ICERestart: true})
		return
	}
	p.gone("replaced")
	p.meet(a)
	p.emit(signaling.PeerJoined{Peer: *p.other})
}

// crossed tells whether an offer waits until it is known whether ours is answered: whoever hears it with an offer
// of its own out takes that back (RFC 8829 section 4.1.10.2), and then could not bear our answer to it.
func (p *pair) crossed() bool { return p.lives() && p.life.origin == "" && p.caller != "" }

// present takes the answer to Ask: whoever is there still is offered to anew, and whose offer waits is
// somebody of another room if nobody is.
func (p *pair) present(others []Arrived) {
	switch {
	case p.lives(): // an offer came, or we made one
	case p.doubts() && len(others) == 0:
		p.log.Info("offer of another room")
		p.caller = ""
	case p.doubts():
		if len(others) == 1 {
			p.coming = others[0]
		}
		p.trust()
	case len(others) == 1:
		p.arrived(others[0])
	default:
		p.gone("lost")
	}
}

// meet makes up who the other one is.
func (p *pair) meet(a Arrived) {
	p.count++
	name := signaling.CleanName(a.Name)
	if name == "" {
		name = p.system.Guest
	}
	p.known, p.coming = a.ID, Arrived{}
	p.other = &signaling.Peer{
		ID:       signaling.PeerID(fmt.Sprintf("%s-%d", p.system.Name, p.count)),
		Name:     name,
		Metadata: signaling.Metadata{Microphone: true, Camera: true},
		Foreign:  true,
	}
	if p.system.Text != nil {
		p.other.Text = p.system.Text(p.room)
	}
}

// left takes the news that somebody left. Of whom it is told without our knowing the other one's name, it
// may be somebody else: the path tells.
func (p *pair) left(id signaling.PeerID) {
	if id == p.coming.ID {
		p.coming = Arrived{}
	}
	switch {
	case p.other == nil:
	case id == "" || id == p.known:
		p.gone("leave")
	case p.known == "":
		p.emit(signaling.PeerAway{ID: p.other.ID, Away: true})
	}
}

// gone forgets the other one.
func (p *pair) gone(reason string) {
	if p.other == nil {
		return
	}
	id := p.other.ID
	p.other, p.life, p.caller = nil, life{}, ""
	p.emit(signaling.PeerLeft{ID: id, Reason: reason})
}

// offered takes an offer: a new one within the present life, the beginning of another, or one of somebody
// who may be a stranger.
func (p *pair) offered(sdp string) {
	switch d, err := parse(sdp); {
	case err != nil:
		p.log.Warn("offer dropped", "err", err)
	case p.lives() && d.origin == p.life.origin:
		p.take(signaling.Offer, sdp, d)
	case p.lives() && p.life.origin != "" && p.system.Broadcast:
		p.called(sdp)
	case p.lives() && p.system.Broadcast: // ours has no answer yet: theirs is on its way, if they have heard us
		if p.caller == "" {
			p.ask(askPause)
		}
		p.caller = sdp
	case p.other == nil && p.coming == Arrived{} && p.system.Broadcast:
		p.caller = sdp
		p.ask(0)
	default:
		p.begin(sdp, d)
	}
}

// trust takes the offer that waits for that of somebody in our room.
func (p *pair) trust() {
	sdp := p.caller
	p.caller = ""
	if d, err := parse(sdp); err == nil { // it was read before
		p.begin(sdp, d)
	}
}

// begin starts a life by an offer of theirs. Without an origin the present one is but an offer of ours
// that crossed theirs and was not answered: the other one stays who it is.
func (p *pair) begin(sdp string, d description) {
	switch {
	case p.lives() && p.life.origin == "":
	case p.lives():
		p.gone("replaced")
		fallthrough
	default:
		if p.other == nil {
			p.meet(p.coming)
		}
		p.emit(signaling.PeerJoined{Peer: *p.other, Offers: true})
	}
	p.conns++
	p.life = life{conn: signaling.ConnID(fmt.Sprintf("theirs-%d", p.conns)), origin: d.origin}
	p.take(signaling.Offer, sdp, d)
}

// called keeps the offer of somebody else than the one we talk to. If that one has been replaced, its
// path is dead: saying that its signaling is lost makes the engine give it up sooner.
func (p *pair) called(sdp string) {
	if p.caller == "" {
		p.log.Info("offer of somebody else", "peer", p.other.ID)
		p.emit(signaling.PeerAway{ID: p.other.ID, Away: true})
	}
	p.caller = sdp
}

// answered takes an answer to the offer of ours that waits for it.
func (p *pair) answered(sdp string) {
	d, err := parse(sdp)
	switch {
	case err != nil:
		p.log.Warn("answer dropped", "err", err)
	case !p.life.waiting:
		p.log.Debug("answer to nothing of ours")
	case p.life.origin != "" && p.life.origin != d.origin:
		p.log.Info("answer of somebody else", "peer", p.other.ID)
		if a := p.life.arrival; a != nil {
			p.gone("replaced")
			p.arrived(*a)
		}
	default:
		if p.crossed() {
			p.caller = "" // taken back
		}
		p.life.waiting, p.life.origin = false, d.origin
		p.take(signaling.Answer, sdp, d)
	}
}

// take passes a description of the present life on, and the candidates that waited for it.
func (p *pair) take(k signaling.Kind, sdp string, d description) {
	p.life.fragment, p.life.arrival = d.fragments, nil
	if p.caller != "" { // it lives, so that one is a stranger
		p.caller = ""
		p.emit(signaling.PeerAway{ID: p.other.ID})
	}
	p.receive(signaling.Signal{Kind: k, SDP: sdp})
	kept := p.kept
	p.kept = nil
	for _, c := range kept {
		p.candidate(c)
	}
}

// candidate takes an address: of the present life's credentials, or to be kept until others come. One
// that does not tell its credentials is taken for the present life's.
func (p *pair) candidate(c signaling.Candidate) {
	fragment := fragmentOf(c)
	if p.life.fragment != nil && (fragment == "" || slices.Contains(p.life.fragment, fragment)) {
		p.receive(signaling.Signal{Kind: signaling.Candidates, Candidates: []signaling.Candidate{c}})
		return
	}
	if len(p.kept) == maxKept {
		p.kept = p.kept[1:]
	}
	p.kept = append(p.kept, c)
}

// receive numbers a signal of the other one and passes it on, if it keeps the limits.
func (p *pair) receive(s signaling.Signal) {
	s.Conn, s.N = p.life.conn, p.life.n+1
	if err := s.Check(); err != nil {
		p.log.Warn("signal dropped", "err", err)
		return
	}
	p.life.n++
	p.emit(signaling.Received{From: p.other.ID, Signal: s})
}

// say gives the words for a signal of the engine's.
func (p *pair) say(s signaling.Signal) []Word {
	switch s.Kind {
	case signaling.Offer:
		if s.Conn != p.life.conn {
			p.life = life{conn: s.Conn, ours: true}
		}
		p.life.waiting = true
		return []Word{Offer{s.SDP}}
	case signaling.Bye:
		p.ended(s.Conn)
		return nil
	}
	if s.Conn != p.life.conn {
		return nil // of a life that theirs has replaced
	}
	var words []Word
	switch s.Kind {
	case signaling.Answer:
		p.life.waiting = false
		words = append(words, Answer{s.SDP})
	case signaling.Candidates:
		for _, c := range s.Candidates {
			words = append(words, Candidate{c})
		}
	}
	return words
}

// ended notes that a life is over; who called or came meanwhile is heard then. Where nobody is told who has
// left, whoever offered to us is taken for gone, for they will offer again if they are not; after the
// others we ask: not at once, for a server may not have noticed yet, and whoever is there and does not
// suit us must not make us call without a pause.
func (p *pair) ended(conn signaling.ConnID) {
	if conn != p.life.conn {
		return
	}
	old := p.life
	p.life = life{}
	switch sdp := p.caller; {
	case sdp != "":
		p.gone("replaced")
		p.offered(sdp)
	case old.arrival != nil:
		p.arrived(*old.arrival)
	case p.system.Broadcast && old.ours:
		p.ask(askPause)
	case p.system.Broadcast:
		p.gone("lost")
	}
}
