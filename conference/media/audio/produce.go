package audio

// pause says why the line has no timestamps at present.
type pause uint8

const (
	none pause = iota
	// announced: the sender has said that he is silent, or left a gap in time and none in numbers.
	announced
	// starved: nothing came for so long that it counts as a pause.
	starved
)

const (
	// maxConcealed is how much is made up in a row: after so long it is no help any more.
	maxConcealed = 100 * millisecond
	// maxComfort is how long comfort noise goes on without a packet. A sender that pauses sends one
	// each 400 ms; one that says nothing at all is muted.
	maxComfort = 1000 * millisecond
	// jumpDistance beyond the target is what no stretching can catch up with in time.
	jumpDistance = 500 * millisecond
)

// produce adds sound to the line, or finds out that some is lost; it is called until 10 ms are ready.
// Each call uses up a packet, concealed sound or time, so that it ends whatever arrives.
func (p *Playout) produce(at int64) {
	if w := p.buffer.at(p.next); w != nil {
		p.play(w, at)
		return
	}
	if w := p.buffer.copyOf(p.next); w != nil && p.playCopy(w) {
		return
	}
	if p.pause == none {
		p.figures.discarded.Add(uint64(p.buffer.discardBefore(p.next)))
	}
	w := p.buffer.earliest()
	if w != nil && p.pause == none && w.sequence == p.nextNumber {
		p.enter(announced) // time is missing, but no number: the sender paused
	}
	switch {
	case p.pause != none:
		p.rest(w, at)
	case w != nil && int64(p.gap) >= min(p.frame, w.timestamp-p.next):
		p.giveUp(min(p.frame, w.timestamp-p.next))
	default:
		p.conceal()
	}
}

// play decodes a packet and, with much in hand, the next one: a low voice's period must fit in.
func (p *Playout) play(w *waiting, at int64) {
	p.decode(w, at)
	if p.excess() > excessInSpeech && p.line.ready() < 2*longestPeriod+block {
		if w := p.buffer.at(p.next); w != nil {
			p.decode(w, at)
		}
	}
	p.stretch()
}

// decode puts a packet's sound on the line.
func (p *Playout) decode(w *waiting, at int64) {
	p.buffer.remove(w)
	n := p.voice.decode(p.scratch[:], w.data())
	if n <= 0 { // broken: the same as lost
		p.figures.discarded.Add(1)
		return
	}
	p.settle(w.timestamp, w.sequence)
	p.pause = none
	k := decoded
	if w.length <= maxPauseLength {
		k = comfort
		p.enter(announced)
	}
	// Its first sample leaves after what is ready, its last one its own length later; on average a
	// sample waits for half a block within the frame it is pulled in.
	p.figures.emitted(n, at-w.at+int64(p.line.ready())+block/2)
	p.frame, p.nextNumber = int64(n), w.sequence+1
	p.append(p.scratch[:n], k)
}

// playCopy plays the copy of a lost frame that the packet after it carries; false if that is broken.
func (p *Playout) playCopy(w *waiting) bool {
	w.copies = false // once
	n := p.voice.decodeCopy(p.scratch[:w.duration], w.data())
	if n <= 0 {
		return false
	}
	p.settle(p.next, w.sequence-1)
	p.pause, p.nextNumber = none, w.sequence
	p.append(p.scratch[:n], decoded)
	return true
}

// append puts decoded sound on the line, joined to what concealment left there.
func (p *Playout) append(x []int16, k kind) {
	p.next += int64(len(x))
	if p.joining {
		x = p.join(x)
	}
	p.line.put(x, k)
}

// giveUp counts the next frame as lost, now that as much has been concealed.
func (p *Playout) giveUp(length int64) {
	// The decoder conceals in units of 2.5 ms.
	n := (length + bucketWidth - 1) / bucketWidth * bucketWidth
	p.voice.pass(p.scratch[:n])
	p.next += length
	p.nextNumber++
	p.gap -= int(length)
	p.move(int(-length))
}

func (p *Playout) enter(kind pause) {
	p.pause, p.silent, p.pausedAt = kind, 0, p.next
}

// rest fills a pause, or ends it once the packet that comes next is as old as the target demands.
func (p *Playout) rest(w *waiting, at int64) {
	if w != nil {
		start := w.timestamp
		if w.copies && w.sequence > p.nextNumber {
			start -= w.duration // its beginning was lost, and can be had
		}
		delay := at + int64(p.line.ready()) - p.way.base - start
		if float64(delay) >= p.target || start < p.next-20*p.frame {
			p.resume(w, at, start)
			return
		}
	}
	x := p.scratch[:block]
	switch {
	case p.hushed:
		clear(x)
	case p.joining:
		p.voice.conceal(x)
	default:
		p.voice.pass(x)
	}
	p.silent += block
	if p.silent == maxComfort && !p.hushed {
		p.hush(x)
	}
	p.line.put(x, comfort)
	p.next += block
}

// hush fades the block out; from here on the pause is silent.
func (p *Playout) hush(x []int16) {
	fadeOut(x)
	p.startJoint()
	p.hushed = true
}

// resume ends a pause with packet w, at its timestamp or that of the frame before it.
func (p *Playout) resume(w *waiting, at, start int64) {
	p.settle(w.timestamp, w.sequence)
	p.pause, p.next, p.nextNumber = none, start, w.sequence
	if start != w.timestamp {
		p.nextNumber--
	}
	p.relocate(at)
	p.startJoint()
}

// settle counts the silence after the last sound as concealment where the packet that ends it shows
// that it was no pause, but a stall of the network or a loss.
func (p *Playout) settle(timestamp, number int64) {
	if p.pause != starved {
		return
	}
	switch missing := (number - p.nextNumber) * p.frame; {
	case missing > 0:
		p.figures.concealed.Add(uint64(min(missing, int64(p.silent))))
	case timestamp <= p.pausedAt:
		p.figures.concealed.Add(uint64(p.silent))
	}
}

// jump leaves out what is too old to be played when the line lies far behind: the device slept, or a
// stall of the network came in one piece. Only with a frame at hand, or it would throw sound away for
// nothing.
func (p *Playout) jump(at int64) {
	if p.ahead() <= jumpDistance || p.pause != none || p.buffer.at(p.next) == nil {
		return
	}
	p.figures.discarded.Add(uint64(p.buffer.discardBefore(p.next)))
	for w := p.buffer.earliest(); w != nil; w = p.buffer.earliest() {
		if float64(at-w.timestamp-p.way.base) <= p.target+usualFrame {
			break
		}
		p.next, p.nextNumber = w.timestamp+w.duration, w.sequence+1
		p.buffer.remove(w)
		p.figures.discarded.Add(1)
	}
	p.relocate(at)
	p.startJoint()
}
