package audio

import "confab/conference/media/codec/opus"

// restartDistance is how far, in samples, a packet's time may lie from where the stream is before it
// is taken for another stream's.
const restartDistance = 1500 * millisecond

// restartAfter is how many foreign packets in a row make a new stream; fewer are strays.
const restartAfter = 2

// admitAll empties the ring.
func (p *Playout) admitAll() {
	for a := p.ring.peek(); a != nil; a = p.ring.peek() {
		p.admit(a)
		p.ring.drop()
	}
}

// restart forgets the stream, its delays included.
func (p *Playout) restart() {
	p.started, p.playing, p.joining, p.hushed = false, false, false, false
	p.figures.discarded.Add(uint64(p.buffer.clear()))
	p.way = way{}
	p.histogram.reset(startDelay / 2)
	p.firsts.reset(startDelay / 2)
	p.seen.reset()
	p.position = position{}
	p.need.forget()
	p.voice.reset()
	p.figures.settleLost()
	p.target, p.frame, p.strays = startDelay, usualFrame, 0
	p.gap, p.run, p.pause, p.silent = 0, 0, none, 0
	p.copies, p.bursts = false, 0
	p.heard.stop()
}

// start begins a stream with its first packet.
func (p *Playout) start(a *arrival) {
	p.started, p.ssrc, p.first = true, a.ssrc, a.at
	p.clock = clock{sequence: int64(a.sequence), timestamp: int64(a.timestamp)}
	p.way.base = a.at - p.clock.timestamp
	p.figures.expectFrom(p.clock.sequence)
}

// admit takes one packet out of the ring into the buffer, and its delay into the statistics.
func (p *Playout) admit(a *arrival) {
	if !p.started {
		p.start(a)
	}
	number, timestamp := p.clock.unwrap(a.sequence, a.timestamp)
	if p.foreign(a, number, timestamp) {
		if p.strays++; p.strays < restartAfter {
			p.figures.discarded.Add(1)
			return
		}
		p.restart()
		p.start(a)
		number, timestamp = p.clock.unwrap(a.sequence, a.timestamp)
	}
	p.strays = 0
	became := p.seen.of(number)
	if became.is(received) {
		p.figures.discarded.Add(1)
		return
	}
	became.note(received)
	p.figures.arrived(number)
	p.noteBurst(number)
	if number > p.clock.sequence {
		p.clock = clock{sequence: number, timestamp: timestamp}
	}
	length := int64(duration(a.payload[:a.length]))
	copies := opus.HasFEC(a.payload[:a.length])
	if copies {
		became.note(copied)
		p.copies = true
	}
	if hasVoice(a.payload[:a.length]) {
		became.note(voiced)
	}
	p.measure(a.at, number, timestamp, length, copies)
	if length == 0 || p.late(number, timestamp) {
		p.figures.discarded.Add(1)
		return
	}
	w := p.buffer.free()
	if w == nil { // what fills the buffer is never played: begin again
		p.restart()
		return
	}
	w.sequence, w.timestamp, w.at, w.duration, w.copies = number, timestamp, a.at, length, copies
	w.length = copy(w.payload[:], a.payload[:a.length])
	p.buffer.take(w)
}

// foreign tells whether a packet cannot belong to the stream.
func (p *Playout) foreign(a *arrival, number, timestamp int64) bool {
	distance := a.at - timestamp - p.way.base
	return a.ssrc != p.ssrc || distance > restartDistance || distance < -restartDistance ||
		number <= p.clock.sequence-seenWindow
}

// late tells whether the time of a packet is over. In a pause the line has no timestamps, only numbers.
func (p *Playout) late(number, timestamp int64) bool {
	if !p.playing {
		return false
	}
	if p.pause != none {
		return number < p.nextNumber
	}
	return timestamp < p.next
}

// measure takes a packet's delay into account and sets the target. The time that a repair took tells
// nothing of the way, but from when on its frame could be decoded.
func (p *Playout) measure(at, number, timestamp, length int64, copies bool) {
	became := p.seen.of(number)
	if !became.again() {
		base := p.way.base
		step := max(routeStep, int64(0.7*p.target))
		if p.way.add(at-timestamp, at, step) {
			p.histogram.undo()
			p.firsts.undo()
		}
		p.position.shift(int(base - p.way.base))
		p.need.shift(int(base - p.way.base))
	}
	p.histogram.advance()
	p.firsts.advance()
	delay := at - timestamp - p.way.base
	if !became.is(noted) {
		became.note(noted)
		p.histogram.note(delay)
	}
	if !became.again() {
		p.firsts.note(delay)
	}
	if copies && number > p.nextNumber-7 {
		if before := p.seen.of(number - 1); before.state == 0 {
			before.note(noted)
			p.histogram.note(delay + length)
		}
	}
	p.target = min(p.histogram.target()+float64(p.extra.Load()), p.maxTarget)
}
