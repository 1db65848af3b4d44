package seal

import (
	"encoding/base64"
	"errors"
	"time"

	"confab/conference/signaling"
)

// message handles what the carrier says.
func (s *session) message(m signaling.Message) (r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch m := m.(type) {
	case signaling.PeerJoined:
		s.joinedLocked(&r, m, now)
	case signaling.PeerLeft:
		if p := s.peers[m.ID]; p != nil && p.known {
			r.messages = append(r.messages, m)
		}
		delete(s.peers, m.ID)
	case signaling.PeerUpdated: // what it says of itself comes sealed
	case signaling.PeerAway:
		if p := s.peers[m.ID]; p != nil {
			p.told.Away = m.Away
			s.waitLocked(p, now)
			if p.known {
				r.messages = append(r.messages, m)
			}
		}
	case signaling.Received:
		if p := s.peers[m.From]; p != nil {
			s.receivedLocked(&r, p, m.Signal)
		}
	case signaling.Interrupted:
		s.offline = true
		r.messages = append(r.messages, m)
	case signaling.Resumed:
		s.resumedLocked(&r, m, now)
	default:
		r.messages = append(r.messages, m)
	}
	return r
}

// joinedLocked: a newcomer, or somebody who is back, with whom we meet anew.
func (s *session) joinedLocked(r *result, m signaling.PeerJoined, now time.Time) {
	p := s.peers[m.Peer.ID]
	if p == nil {
		p = newPeer(m.Peer, m.Offers)
		s.peers[m.Peer.ID] = p
	}
	p.told, p.offers, p.joining, p.asked = m.Peer, m.Offers, true, nil
	s.waitLocked(p, now)
	s.greetLocked(r, p)
}

// resumedLocked: our path is back. Who is proven goes on; with the others we meet.
func (s *session) resumedLocked(r *result, m signaling.Resumed, now time.Time) {
	s.offline = false
	listed := make(map[signaling.PeerID]bool, len(m.Members))
	resumed := signaling.Resumed{Replayed: m.Replayed}
	var strangers []*peer
	for _, told := range m.Members {
		listed[told.ID] = true
		p := s.peers[told.ID]
		if p == nil {
			p = newPeer(told, true) // it hears that we came
			s.peers[told.ID] = p
		}
		p.told = told
		if p.known {
			resumed.Members = append(resumed.Members, p.seen())
		} else {
			strangers = append(strangers, p)
		}
	}
	for id, p := range s.peers {
		if !listed[id] && !p.known {
			delete(s.peers, id)
		}
	}
	r.messages = append(r.messages, resumed)
	for _, p := range s.peers {
		s.tellStateLocked(r, p)
	}
	for _, p := range strangers {
		s.waitLocked(p, now)
		s.greetLocked(r, p)
	}
}

// waitLocked starts the clock for a member that has yet to prove itself.
func (s *session) waitLocked(p *peer, now time.Time) *peer {
	p.hellos, p.next = 0, now.Add(helloInterval)
	return p
}

// tick says hello again to whoever has not answered, and after some time takes them for members without a key.
func (s *session) tick(now time.Time) (r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.peers {
		switch {
		case s.offline || p.told.Away || p.next.IsZero() || now.Before(p.next):
		case !p.joining:
			p.next = time.Time{}
		case p.told.Foreign || p.hellos == maxHellos:
			p.next = time.Time{}
			if !p.known && len(p.complained) == 0 {
				s.complainLocked(&r, p, ErrUnsealed)
			}
		default:
			p.hellos++
			p.next = now.Add(helloInterval)
			s.greetLocked(&r, p)
		}
	}
	return r
}

// greetLocked says hello, with the challenge of the hello before if that was not answered.
func (s *session) greetLocked(r *result, p *peer) {
	if p.told.Foreign { // another program, which knows nothing of this
		s.complainLocked(r, p, ErrUnsealed)
		return
	}
	if p.asked == nil {
		c := NewChallenge()
		p.asked = &c
	}
	p.greeted = true
	r.letters = append(r.letters, letter{p.told.ID, p.wrap(s.secret.Hello(s.wayTo(p), *p.asked))})
}

func (s *session) wayTo(p *peer) Way { return Way{Room: s.room, From: s.Self(), To: p.told.ID} }

// complainLocked says once what is wrong with a member. One that hears nothing of us learns it by a hello.
func (s *session) complainLocked(r *result, p *peer, why error) {
	if !p.greeted && !p.told.Foreign {
		s.greetLocked(r, p)
	}
	if p.complained[why] {
		return
	}
	p.complained[why] = true
	name := p.state.Name
	if !p.known && p.told.Name != hiddenName {
		name = p.told.Name
	}
	s.log.Warn("member cannot be understood", "peer", p.told.ID, "err", why)
	r.messages = append(r.messages, signaling.Refused{To: p.told.ID, Err: &PeerError{ID: p.told.ID, Name: name, Err: why}})
}

// receivedLocked handles what a member sent, as the carrier says.
func (s *session) receivedLocked(r *result, p *peer, signal signaling.Signal) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(signal.Sealed)
	switch {
	case signal.Kind != signaling.Sealed && p.known: // whoever has the key seals everything
		s.complainLocked(r, p, ErrTampered)
		return
	case signal.Kind != signaling.Sealed:
		s.complainLocked(r, p, ErrUnsealed)
		return
	case err != nil || len(sealed) == 0:
		s.complainLocked(r, p, ErrTampered)
		return
	}
	switch sealed[0] {
	case kindHello:
		err = s.helloLocked(r, p, sealed)
	case kindAnswer:
		err = s.answerLocked(r, p, sealed)
	case kindWord:
		err = s.wordLocked(r, p, sealed)
	default: // of a later version
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrOtherKey) && p.known: // it had the right one a moment ago
		s.complainLocked(r, p, ErrTampered)
	case errors.Is(err, ErrOtherKey), errors.Is(err, ErrTampered):
		s.complainLocked(r, p, err)
	default:
		s.log.Debug("sealed signal dropped", "peer", p.told.ID, "err", err)
	}
}

// helloLocked answers a hello; the same one gets the same challenge again.
func (s *session) helloLocked(r *result, p *peer, sealed []byte) error {
	way := s.wayTo(p)
	asked, err := s.secret.OpenHello(way.Back(), sealed)
	if err != nil {
		return err
	}
	if p.answered == nil || p.answered.asked != asked {
		p.answered = s.secret.Channel(way, asked, NewChallenge(), false)
	}
	r.letters = append(r.letters, letter{p.told.ID, p.wrap(s.secret.Answer(way, asked, p.answered.own, s.who))})
	return nil
}

// answerLocked: a member has proven that it has the key, and that it is there now. It learns the same of us by
// our first word.
func (s *session) answerLocked(r *result, p *peer, sealed []byte) error {
	way := s.wayTo(p)
	asked, own, who, err := s.secret.OpenAnswer(way.Back(), sealed)
	if err != nil {
		return err
	}
	if p.asked == nil || *p.asked != asked {
		return errReplay
	}
	p.asked = nil
	p.use(s.secret.Channel(way, asked, own, true))
	s.tellStateLocked(r, p)
	s.provenLocked(r, p, &who)
	return nil
}

// wordLocked opens a word and passes it on. The first one of a channel proves that it is its sender's.
func (s *session) wordLocked(r *result, p *peer, sealed []byte) error {
	text, number, c, err := p.open(sealed)
	if err != nil {
		if p.channels[0] == nil {
			return errReplay // of an earlier meeting: we have left and are here again
		}
		return err
	}
	state, signal, err := parseWord(text)
	if err != nil {
		return err
	}
	if c == p.answered {
		p.answered = nil
		p.use(c)
		s.tellStateLocked(r, p)
		s.provenLocked(r, p, state)
	} else if state != nil && c == p.channels[0] && number > p.stateAt {
		p.stateAt = number
		s.changedLocked(r, p, *state)
	}
	if state == nil {
		r.messages = append(r.messages, signaling.Received{From: p.told.ID, Signal: signal})
	}
	return nil
}

// provenLocked tells the reader who is there.
func (s *session) provenLocked(r *result, p *peer, who *State) {
	p.known = true
	switch {
	case p.joining:
		if who != nil {
			p.state = *who
		}
		p.joining = false
		r.messages = append(r.messages, signaling.PeerJoined{Peer: p.seen(), Offers: p.offers})
	case who != nil:
		s.changedLocked(r, p, *who)
	}
}

// changedLocked tells the reader what a member says of itself, if that is news.
func (s *session) changedLocked(r *result, p *peer, who State) {
	if p.state != who {
		p.state = who
		r.messages = append(r.messages, signaling.PeerUpdated{Peer: p.seen()})
	}
}
