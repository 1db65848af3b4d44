package server

import (
	"slices"

	"confab/conference/server/cluster"
)

// occupant is who is in a parlour of ours, as its keeper knows it. Its methods and those of the parlours
// below need the lock.
type occupant struct {
	guestID
	card []byte  // what it shows of itself to whoever it is with
	with guestID // who may not have come yet, since we became the keeper
}

// admit lets a newcomer in, or refuses it, and answers it. While instances come and go newcomers are to ask
// again later: those who are in already come first.
func (p *parlours) admit(room string, o *occupant) {
	refusal := code("")
	switch {
	case p.net != nil && (p.keeper(room) != p.self() || !p.net.calm()):
		refusal = elsewhere
	case taken(p.rooms[room]) >= 2:
		refusal = roomFull
	}
	if refusal != "" {
		p.send(o.At, note{Kind: noteMeet, Desk: o.Desk, Code: refusal}, nil)
		return
	}
	p.rooms[room] = append(p.rooms[room], o)
	p.arrange(room)
	if o.with == nobody {
		p.send(o.At, note{Kind: noteMeet, Desk: o.Desk}, nil)
	}
}

// taken is how many places of a parlour are: also those of whom somebody is with who has not come yet.
func taken(there []*occupant) int {
	n := len(there)
	for _, o := range there {
		if o.with != nobody && find(there, o.with) == nil {
			n++
		}
	}
	return n
}

// readmit lets in who was in already, when another instance was the keeper, without a word. It has the first right:
// a third one who came meanwhile stays, but alone.
func (p *parlours) readmit(room string, o *occupant) {
	if known := find(p.rooms[room], o.guestID); known != nil {
		known.card = o.card
		return
	}
	p.rooms[room] = append(p.rooms[room], o)
	p.arrange(room)
}

// dismiss lets out who has left.
func (p *parlours) dismiss(room string, who guestID) {
	for _, o := range p.remove(room, func(o *occupant) bool { return o.guestID == who }) {
		if o.with == who {
			o.with = nobody
		}
	}
	p.arrange(room)
}

// forget lets out who has another keeper now, as has the one it is with.
func (p *parlours) forget(room string, who guestID) {
	p.remove(room, func(o *occupant) bool { return o.guestID == who })
}

// clear lets out the guests of an instance. If it is not gone for good they return at once.
func (p *parlours) clear(room string, id cluster.ID, gone bool) {
	for _, o := range p.remove(room, func(o *occupant) bool { return o.At == id }) {
		with := o.with
		if with == nobody || with.At != id {
			continue
		}
		if o.with = nobody; gone {
			p.disown(o.guestID, with) // its instance may never have known that one
		}
	}
	p.arrange(room)
}

// remove lets guests out and gives those who stay.
func (p *parlours) remove(room string, goes func(*occupant) bool) []*occupant {
	there := slices.DeleteFunc(p.rooms[room], goes)
	if p.rooms[room] = there; len(there) == 0 {
		delete(p.rooms, room)
	}
	return slices.Clone(there)
}

// separate notes that the instance of a guest takes it for no longer with another one.
func (p *parlours) separate(room string, who, with guestID) {
	for _, o := range p.rooms[room] {
		if o.guestID == who && o.with == with || o.guestID == with && o.with == who {
			o.with = nobody
		}
	}
	p.arrange(room)
}

// arrange sees to it that who is with somebody agrees with that one, and brings together who is alone, in
// the order in which they came.
func (p *parlours) arrange(room string) {
	there := slices.Clone(p.rooms[room])
	for _, o := range there {
		other := find(there, o.with)
		switch {
		case other == nil, other.with == o.guestID:
		case other.with == nobody: // a greeting may be on its way, or the word that there should be one was lost
			other.with = o.guestID
			p.introduce(room, o, other)
		default: // it is with a third one: instances that had lost each other have met again
			with := o.with
			o.with = nobody
			p.disown(o.guestID, with)
		}
	}
	there = slices.DeleteFunc(there, func(o *occupant) bool { return o.with != nobody })
	if len(there) < 2 {
		return
	}
	first, o := there[0], there[1]
	first.with, o.with = o.guestID, first.guestID
	p.introduce(room, o, first)
	p.arrange(room)
}

// introduce tells a guest's instance whom it is with, which it then greets if it does not know already.
func (p *parlours) introduce(room string, o, other *occupant) {
	p.send(o.At, note{Kind: noteMeet, Desk: o.Desk, Room: room, With: other.guestID, Card: other.card}, nil)
}

func find(there []*occupant, who guestID) *occupant {
	for _, o := range there {
		if o.guestID == who && who != nobody {
			return o
		}
	}
	return nil
}
