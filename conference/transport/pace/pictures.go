package pace

import (
	"time"

	"confab/conference/media"
)

// Line is a path's way for one slot. All methods are safe from any goroutine.
type Line struct {
	path     *Path
	slot     media.Slot
	pictures *line  // nil for sound
	sound    *sound // nil for pictures
}

// SetDemand says how many bits per second of pictures the slot could use at most; 0, as at the start:
// none, and what waits is thrown away. What one slot does not need another gets.
func (l *Line) SetDemand(bitsPerSecond int) {
	if l.pictures == nil {
		return
	}
	c := &l.path.core
	l.path.mu.Lock()
	if bitsPerSecond != l.pictures.demand {
		l.pictures.demand = max(0, bitsPerSecond)
		if l.pictures.demand == 0 {
			l.pictures.forget()
			c.repairs.clear(l.pictures)
		}
		c.split(time.Now())
	}
	l.path.mu.Unlock()
	l.path.wake()
}

// Push gives a picture, which all peers share: it must not change. Those of layers above top are left
// out, and so is what the peer could not decode or what would leave too late; taken says whether it is
// on its way. It never waits.
func (l *Line) Push(now time.Time, f *media.EncodedFrame, top uint8) (taken bool) {
	if l.pictures == nil {
		return false
	}
	l.path.mu.Lock()
	if !l.path.closed {
		taken = l.path.core.push(now, l.pictures, f, top)
	}
	l.path.mu.Unlock()
	if taken {
		l.path.wake()
	}
	return taken
}

// PushSound lends a packet of sound of at most 1,275 bytes. It leaves before everything else. It never
// waits: of more than ten that the wire does not take, the oldest is dropped.
func (l *Line) PushSound(p *media.EncodedSound) {
	if l.sound == nil {
		return
	}
	l.path.mu.Lock()
	taken := !l.path.closed && l.sound.push(p)
	l.path.mu.Unlock()
	if taken {
		l.path.wake()
	}
}

// Clear throws away what waits. Once it has returned, nothing that was pushed before leaves, not as a
// repair either; it waits for the packet under way, for 100 ms at most.
func (l *Line) Clear() {
	l.path.mu.Lock()
	if l.pictures != nil {
		l.pictures.forget()
		l.path.core.repairs.clear(l.pictures)
	} else {
		l.sound.forget()
	}
	l.path.mu.Unlock()
	l.path.settle()
}

// Budget is what the slot's pictures may take for now. Of a slot of sound it is empty.
func (l *Line) Budget() media.Budget {
	if l.pictures == nil {
		return media.Budget{}
	}
	l.path.mu.Lock()
	defer l.path.mu.Unlock()
	return l.path.core.budget(time.Now(), l.pictures)
}
