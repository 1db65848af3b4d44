package server

import (
	"time"

	"confab/conference/server/cluster"
)

// visitor is who can be in a parlour. All but rouse only puts messages in line, which rouse sends; nothing
// waits. A card is what a visitor shows of itself; it may come from an instance of another version.
type visitor interface {
	entered(other []byte)         // it is in, with whoever showed the card; nil: nobody
	met(other []byte, first bool) // later, somebody is there; first: the visitor came before
	left(other []byte)            // that one is not there any more
	tell(message []byte)          // that one says so
	rouse()
}

// visit is a guest of ours in a parlour, or one that wants to get in.
type visit struct {
	parlours   *parlours
	federation *federation // nil: there is no cluster
	room       string
	guest      visitor
	pace       bucket // of what it says to other instances; owned by the guest's goroutine

	// guarded by the parlours' lock
	guestID // another one each time that the keeper is asked, so that no old answer counts
	card    []byte
	at      cluster.ID // the keeper
	astray  bool       // the keeper may have missed something
	answer  chan code  // capacity 1, gets one; nil: the keeper is not asked
	stale   bool       // the answer is still to come, but out of date
	with    guestID    // nobody: alone
	other   []byte     // that one's card
	missed  guestID    // whom the keeper has named, of an instance that we do not know, or not yet
}

// visit is a new one, which is not in the room yet.
func (s *Server) visit(room string, guest visitor) *visit {
	return &visit{parlours: s.parlours, federation: s.federation.Load(), room: room, guest: guest}
}

// enter takes the guest in, who may be in already and show another card. It waits for the keeper's answer:
// 8 s at most. It is empty, room-full, or, if no keeper is to be had, elsewhere; then the visit is over.
func (v *visit) enter(card []byte) code {
	if v.renew(card) {
		return ""
	}
	f := v.federation
	if f == nil {
		return <-v.ask(card) // given already
	}
	over := time.After(enterWait)
	for {
		var again <-chan time.Time
		select {
		case answer := <-v.ask(card):
			if answer != elsewhere {
				return answer
			}
			again = time.After(askPause)
		case <-over:
			v.leave()
			return elsewhere
		case <-f.done:
			v.leave()
			return elsewhere
		}
		select {
		case <-again:
		case <-over:
			return elsewhere
		case <-f.done:
			return elsewhere
		}
	}
}

// renew shows another card if the guest is in already.
func (v *visit) renew(card []byte) bool {
	p := v.parlours
	p.mu.Lock()
	defer p.unlock()
	if p.visits[v.Desk] != v {
		return false
	}
	v.card = card
	p.send(v.at, v.returning(), nil)
	v.heed().entered(v.other)
	return true
}

// ask has the keeper let the guest in.
func (v *visit) ask(card []byte) <-chan code {
	p := v.parlours
	p.mu.Lock()
	defer p.unlock()
	p.desks++
	v.guestID = guestID{p.self(), p.desks}
	p.visits[v.Desk] = v
	answer := make(chan code, 1)
	v.card, v.answer, v.at, v.astray, v.stale = card, answer, p.keeper(v.room), false, false
	p.send(v.at, note{Kind: noteVisit, Desk: v.Desk, Room: v.room, Card: card}, nil)
	return answer
}

// say passes a message on to the other one in the room; false: nobody else is there. What goes to other
// instances goes at a pace, and not at all while very much waits for NATS: it is the guest who waits.
func (v *visit) say(message []byte) bool {
	p := v.parlours
	p.mu.Lock()
	with := v.with
	if with != nobody {
		p.send(with.At, note{Kind: noteSay, Desk: with.Desk, With: v.guestID}, message)
	}
	here := with == nobody || with.At == p.self()
	p.unlock()
	if here {
		return with != nobody
	}
	if f := v.federation; f != nil {
		f.server.metrics.forwarded.Add(1)
		if !v.pace.spend(time.Now(), 1, paceRate, paceBurst) {
			time.Sleep(refusalPause)
		}
		f.catchUp()
	}
	return true
}

// leave lets the guest out, or has it want no more to get in.
func (v *visit) leave() {
	p := v.parlours
	p.mu.Lock()
	defer p.unlock()
	if p.visits[v.Desk] != v {
		return
	}
	delete(p.visits, v.Desk)
	p.send(v.at, note{Kind: notePart, Room: v.room, With: v.guestID}, nil) // before the other one's instance says so
	if v.with != nobody {
		p.send(v.with.At, note{Kind: noteLeft, Desk: v.with.Desk, With: v.guestID}, nil)
	}
	v.with, v.other = nobody, nil
}

// The methods below need the parlours' lock.

// hear does what another guest's instance says, or the keeper.
func (v *visit) hear(from cluster.ID, n note, body []byte) {
	switch {
	case n.Kind == noteMeet && from == v.at:
		v.assign(n)
	case n.Kind == noteMeet: // from the keeper of before, who may not remain alone with that
		v.parlours.send(from, note{Kind: noteAlone, Desk: v.Desk, Room: v.room, With: n.With}, nil)
	case n.Kind == noteGreet:
		if v.answer != nil { // the keeper's word was overtaken
			v.admitted(nobody, nil)
			v.stale = true
		}
		v.meet(n.With, n.Card, true)
	case n.With != v.with: // we do not take them for together
		if n.Kind == noteSay {
			v.parlours.disown(n.With, v.guestID)
		}
	case n.Kind == noteSay:
		v.heed().tell(body)
	case n.Kind == noteLeft:
		v.part()
		v.parlours.send(v.at, note{Kind: notePart, Room: v.room, With: n.With}, nil) // it may have missed that
	case n.Kind == noteApart:
		if v.lose(); from != n.With.At { // the keeper has lost that one's instance, which need not know
			v.parlours.disown(n.With, v.guestID)
		}
	}
}

// assign takes the keeper's answer, or its word later that somebody is there who came before.
func (v *visit) assign(n note) {
	if n.With != nobody && !v.parlours.knows(n.With.At) {
		v.missed = n.With
		n.With, n.Card = nobody, nil
	}
	switch {
	case v.stale:
		v.stale = false
		return
	case n.Code != "":
		v.end(n.Code)
		return
	case v.answer != nil:
		v.admitted(n.With, n.Card)
	case n.With != nobody:
		v.meet(n.With, n.Card, false)
	}
	if n.With != nobody {
		v.greet()
	}
}

// admitted lets the guest know that it is in.
func (v *visit) admitted(with guestID, card []byte) {
	v.with, v.other = with, card
	v.heed().entered(card)
	v.answer <- ""
	v.answer = nil
}

// end is the end of a visit that has not begun.
func (v *visit) end(why code) {
	if v.answer != nil {
		delete(v.parlours.visits, v.Desk)
		v.answer <- why
		v.answer = nil
	}
}

// meet notes who is there.
func (v *visit) meet(with guestID, card []byte, first bool) {
	old := v.with
	if old != nobody && old != with {
		v.part()
	}
	v.with, v.other = with, card
	if old == with {
		return
	}
	v.heed().met(card, first)
	if old != nobody { // only when instances that had lost each other have met again
		v.parlours.disown(old, v.guestID)
		v.deny(old)
	}
}

// part notes that the other one is not there any more.
func (v *visit) part() {
	v.heed().left(v.other)
	v.with, v.other = nobody, nil
}

// lose does so when the keeper may not know.
func (v *visit) lose() {
	with := v.with
	v.part()
	v.deny(with)
}

// deny tells the keeper whom the guest is not with any more.
func (v *visit) deny(with guestID) {
	v.parlours.send(v.at, note{Kind: noteAlone, Desk: v.Desk, Room: v.room, With: with}, nil)
}

// greet tells the other one's instance who its guest is with.
func (v *visit) greet() {
	v.parlours.send(v.with.At, note{Kind: noteGreet, Desk: v.with.Desk, With: v.guestID, Card: v.card}, nil)
}

// move enters the guest at another keeper, or anew at the same one. Who is not in yet asks again.
func (v *visit) move(to cluster.ID) {
	p := v.parlours
	switch {
	case v.answer != nil:
		p.send(v.at, note{Kind: notePart, Room: v.room, With: v.guestID}, nil)
		v.end(elsewhere)
		return
	case v.at != to && !v.astray:
		p.send(v.at, note{Kind: noteMove, Desk: v.Desk, Room: v.room}, nil)
	}
	v.at, v.astray, v.stale = to, false, false
	p.send(to, v.returning(), nil)
}

func (v *visit) returning() note {
	return note{Kind: noteReturn, Desk: v.Desk, Room: v.room, With: v.with, Card: v.card}
}

// heed is the guest, who is told something.
func (v *visit) heed() visitor {
	v.parlours.touched = append(v.parlours.touched, v.guest)
	return v.guest
}
