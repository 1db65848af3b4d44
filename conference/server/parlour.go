package server

import (
	"slices"
	"sync"
)

// parlours are the rooms of programs that are not Confab's: for two, without passwords, and gone when
// nobody is in them. What follows from coming and going is told under the lock, so that both hear it in
// the order in which it happened.
type parlours struct {
	mu    sync.Mutex
	rooms map[string][]visitor // one or two, in the order in which they came
}

// visitor is who can be in a parlour. tell puts a message in line, which rouse sends; neither waits.
type visitor interface {
	tell(message []byte)
	rouse()
}

func newParlours() *parlours { return &parlours{rooms: map[string][]visitor{}} }

// enter takes v in, who may be in already, and calls entered with who else is there, or nil; false: two
// others are.
func (p *parlours) enter(room string, v visitor, entered func(other visitor)) bool {
	p.mu.Lock()
	there := p.rooms[room]
	switch {
	case slices.Contains(there, v):
	case len(there) == 2:
		p.mu.Unlock()
		return false
	default:
		there = append(there, v)
		p.rooms[room] = there
	}
	other := besides(v, there)
	entered(other)
	p.mu.Unlock()
	rouse(v, other)
	return true
}

// leave lets v out and calls left with who stays, or nil. v is in the room.
func (p *parlours) leave(room string, v visitor, left func(other visitor)) {
	p.mu.Lock()
	other := besides(v, p.rooms[room])
	if other == nil {
		delete(p.rooms, room)
	} else {
		p.rooms[room] = []visitor{other}
	}
	left(other)
	p.mu.Unlock()
	rouse(v, other)
}

// pass tells the other one in the room what v says; false: nobody else is there.
func (p *parlours) pass(room string, v visitor, message []byte) bool {
	p.mu.Lock()
	other := besides(v, p.rooms[room])
	if other != nil {
		other.tell(message)
	}
	p.mu.Unlock()
	rouse(other)
	return other != nil
}

// count is how many rooms there are.
func (p *parlours) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rooms)
}

// besides is who of those there is not v, or nil.
func besides(v visitor, there []visitor) visitor {
	for _, one := range there {
		if one != v {
			return one
		}
	}
	return nil
}

func rouse(all ...visitor) {
	for _, v := range all {
		if v != nil {
			v.rouse()
		}
	}
}
