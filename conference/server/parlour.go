package server

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"confab/conference/server/cluster"
)

// parlours are the rooms of programs that are not Confab's: for two, without passwords, and gone when
// nobody is in them.
//
// A guest has a visit at the instance where its socket is. Each parlour has a keeper, the instance that
// ranks first for its name. It knows who is in, and answers a newcomer whom it is with, if somebody is there.
// The newcomer's instance then greets that one's, and from there on the two tell each other what their guests
// say, and that one has left, without the keeper. So guests hear everything in the order in which it
// happened, and nothing when the keeper dies or another instance becomes it: each instance returns its guests
// to the next one, with whom they are, before newcomers are let in.
//
// Where two instances lose each other the keeper makes their views meet again. While NATS cannot be reached
// nobody is taken for gone. An instance that is alone is all of them at once, and then notes are calls.
type parlours struct {
	mu      sync.Mutex
	net     neighbours // nil: there is no cluster
	desks   uint64     // visits ever made
	visits  map[uint64]*visit
	rooms   map[string][]*occupant // that we keep; none is empty
	touched []visitor              // to be roused when the lock is given back
}

// neighbours are the other instances, as parlours see them: a *federation. Nothing of it waits.
type neighbours interface {
	self() cluster.ID
	first(room string) cluster.ID // who is to keep it
	knows(id cluster.ID) bool     // notes reach it
	calm() bool                   // for a moment nobody has come or gone, so that all know who is to keep what
	post(to cluster.ID, n note, body []byte)
}

// guestID names a visit to every instance.
type guestID struct {
	At   cluster.ID `json:"a,omitempty"` // empty: there is no cluster
	Desk uint64     `json:"d"`
}

// nobody has this one.
var nobody guestID

func newParlours() *parlours {
	return &parlours{visits: map[uint64]*visit{}, rooms: map[string][]*occupant{}}
}

// join makes us one of several instances, before the first guest comes.
func (p *parlours) join(net neighbours) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.net = net
}

// self is this instance. The lock is held.
func (p *parlours) self() cluster.ID {
	if p.net == nil {
		return ""
	}
	return p.net.self()
}

// keeper is who is to keep a parlour now. The lock is held.
func (p *parlours) keeper(room string) cluster.ID {
	if p.net == nil {
		return ""
	}
	return p.net.first(room)
}

// knows tells whether notes reach an instance. The lock is held.
func (p *parlours) knows(id cluster.ID) bool {
	return id == p.self() || p.net != nil && p.net.knows(id)
}

// unlock gives the lock back and rouses those who were told something under it.
func (p *parlours) unlock() {
	touched := p.touched
	p.touched = nil
	p.mu.Unlock()
	for _, v := range touched {
		v.rouse()
	}
}

// send gives a note to an instance, which may be this one. The lock is held.
func (p *parlours) send(to cluster.ID, n note, body []byte) {
	switch to {
	case p.self():
		p.hear(to, n, body)
	case "": // who is said to be nowhere, by an instance of another version; a post would go to all
	default:
		p.net.post(to, n, body)
	}
}

// told takes a note from another instance. Others of kinds that are not ours do no harm.
func (p *parlours) told(from cluster.ID, n note, body []byte) {
	p.mu.Lock()
	defer p.unlock()
	p.hear(from, n, body)
}

// hear does what a note says. The lock is held.
func (p *parlours) hear(from cluster.ID, n note, body []byte) {
	who := guestID{from, n.Desk}
	switch n.Kind {
	case noteVisit:
		p.admit(n.Room, &occupant{guestID: who, card: n.Card})
	case noteReturn:
		p.readmit(n.Room, &occupant{guestID: who, card: n.Card, with: n.With})
	case notePart:
		p.dismiss(n.Room, n.With)
	case noteMove:
		p.forget(n.Room, who)
	case noteAlone:
		p.separate(n.Room, who, n.With)
	case noteMeet, noteGreet, noteSay, noteLeft, noteApart:
		if v := p.visits[n.Desk]; v == nil {
			p.answerFor(from, n)
		} else if n.With != nobody || n.Kind == noteMeet {
			v.hear(from, n, body)
		}
	}
}

// answerFor answers what is said to a guest who is not here any more. The lock is held.
func (p *parlours) answerFor(from cluster.ID, n note) {
	who := guestID{p.self(), n.Desk}
	switch {
	case n.Kind == noteGreet, n.Kind == noteSay:
		p.send(from, note{Kind: noteLeft, Desk: n.With.Desk, With: who}, nil)
	case n.Kind == noteMeet && n.With != nobody:
		p.send(from, note{Kind: notePart, Room: n.Room, With: who}, nil)
	}
}

// disown tells a guest's instance that it is not with who, whom it takes for the one it is with. The lock is held.
func (p *parlours) disown(guest, who guestID) {
	p.send(guest.At, note{Kind: noteApart, Desk: guest.Desk, With: who}, nil)
}

// met enters our guests wherever an instance that was not there before is the keeper now, and greets its
// guests who are with ours once more: they may have missed that.
func (p *parlours) met(id cluster.ID) {
	p.mu.Lock()
	defer p.unlock()
	for _, v := range p.all() {
		if v.with != nobody && v.with.At == id {
			v.greet()
		}
		if v.missed != nobody && v.missed.At == id {
			v.deny(v.missed) // the keeper names it once more, or another one
			v.missed = nobody
		}
	}
	p.rehouse()
}

// lost is told of an instance of which something was missed. If it is gone so are its guests, and ours
// are entered where it was the keeper; else it comes back, or giveUp follows.
func (p *parlours) lost(id cluster.ID, gone bool) {
	p.mu.Lock()
	defer p.unlock()
	p.lose(id, gone)
}

// giveUp takes an instance for gone that was lost and has not come back.
func (p *parlours) giveUp(id cluster.ID) {
	p.mu.Lock()
	defer p.unlock()
	if !p.knows(id) {
		p.lose(id, true)
	}
}

// lose does what lost is for. The lock is held.
func (p *parlours) lose(id cluster.ID, gone bool) {
	for _, room := range slices.Sorted(maps.Keys(p.rooms)) {
		p.clear(room, id, gone)
	}
	for _, v := range p.all() {
		v.astray = v.astray || v.at == id
		if gone && v.with != nobody && v.with.At == id {
			v.lose()
		}
	}
	if gone {
		p.rehouse()
	}
}

// rehouse enters guests at the keepers of now who are at others. The lock is held.
func (p *parlours) rehouse() {
	for _, v := range p.all() {
		if at := p.keeper(v.room); at != v.at || v.astray {
			v.move(at)
		}
	}
}

// all are our visits, in the order in which they were made. The lock is held.
func (p *parlours) all() []*visit {
	visits := slices.Collect(maps.Values(p.visits))
	slices.SortFunc(visits, func(a, b *visit) int { return cmp.Compare(a.Desk, b.Desk) })
	return visits
}

// count is how many rooms we keep.
func (p *parlours) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rooms)
}
