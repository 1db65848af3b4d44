package pace

import (
	"time"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
)

const (
	// deadline is how long pictures may wait: beyond, those of the top layer are thrown away, then those
	// of the middle one.
	deadline = 150 * time.Millisecond
	// patience is how long pictures may wait before one slot's go ahead of another's that matter more.
	patience = deadline / 2
)

// line is what a path knows of one slot of pictures: those that wait, what has left, and what the peer
// can decode.
type line struct {
	slot    media.Slot
	numbers numbers
	layers  layers
	queue   fifo[waiting]
	bytes   int  // that wait, on the wire
	broken  bool // something of the base was thrown away: nothing passes before a key frame
	history history
	order   uint64 // of the last picture begun
	keyFrom uint64 // order of the last key frame begun
	era     uint64 // rises when everything is thrown away: what left before is not repaired

	lastEra uint64 // of the last packet that left

	demand  int     // bits per second that the sender could use; 0: nothing flows
	share   float64 // of what the path has for pictures, 0 to 1
	credit  float64 // virtual time of fair queueing, bytes by share
	keyCap  int     // bytes of the first key frame after a beginning; 0: none is due
	counted Counters
}

// waiting is a picture on its way out.
type waiting struct {
	frame   *media.EncodedFrame
	packets vp8rtp.Packets
	d       vp8rtp.Descriptor // once the first packet has left
	left    int               // packets that have left
	pushed  time.Time
}

// rest is how many bytes of the picture are still to leave, on the wire.
func (w *waiting) rest() int {
	n := 0
	for i := w.left; i < w.packets.Len(); i++ {
		n += len(w.packets.Piece(i)) + vp8rtp.DescriptorSize + overhead
	}
	return n
}

func newLine(s media.Slot) *line {
	return &line{slot: s, numbers: newNumbers(), broken: true}
}

// push takes a picture, unless it has to be dropped: the peer could not decode it, its layer is above
// top, or what waits would take too long at pace, in bits per second.
func (l *line) push(now time.Time, f *media.EncodedFrame, top uint8, pace int) bool {
	if len(f.Data) == 0 || l.broken && !f.KeyFrame {
		return false
	}
	l.layers.wanted = min(top, topLayer)
	passes := l.layers.passes(f)
	if f.KeyFrame {
		l.dropForKey()
	} else if !passes {
		return false
	} else if !l.fits(f, pace) {
		if f.TemporalID > 0 {
			l.layers.dropped(f.TemporalID)
		} else {
			l.purge()
		}
		l.counted.FramesDropped++
		return false
	}
	l.broken, l.keyCap = false, 0
	w := waiting{frame: f, packets: vp8rtp.Packetize(f.Data, vp8rtp.MaxPayload), pushed: now}
	l.queue.push(w)
	l.bytes += w.rest()
	return true
}

// fits makes room for a picture at the cost of upper layers, and tells whether there is some. A picture
// of the base waits for longer: without it nothing can follow.
func (l *line) fits(f *media.EncodedFrame, pace int) bool {
	for layer := uint8(topLayer); layer >= 1; layer-- {
		if duration(l.bytes, pace) <= deadline {
			return true
		}
		l.drop(layer)
		if f.TemporalID >= layer {
			return false
		}
	}
	return duration(l.bytes, pace) <= 2*deadline
}

// drop throws away what waits of a layer and has not begun to leave.
func (l *line) drop(layer uint8) {
	middle := true // the pictures of the top layer have what they refer to
	l.remove(func(w *waiting) bool {
		f := w.frame
		gone := w.left == 0 && (f.TemporalID == layer || f.TemporalID == topLayer && !f.LayerSync && !middle)
		if f.TemporalID == 1 {
			middle = !gone
		}
		if gone {
			l.layers.dropped(f.TemporalID)
		}
		return gone
	})
}

// dropForKey makes way for a key frame: nothing that waits is of use once it is there. A key frame that
// is half gone is completed, or a slow path that is asked for one again and again would never get one.
func (l *line) dropForKey() {
	l.remove(func(w *waiting) bool { return w.left == 0 || !w.frame.KeyFrame })
}

// purge throws away what waits but a key frame: a path too slow for motion gets stills, while a key
// frame that is thrown away for the next one never arrives. The next picture is a key frame.
func (l *line) purge() {
	l.broken = true
	l.remove(func(w *waiting) bool { return !w.frame.KeyFrame })
}

// forget throws everything away, and what has left is not repaired any more.
func (l *line) forget() {
	l.broken = true
	l.remove(func(*waiting) bool { return true })
	l.era++
}

// remove takes pictures that wait out of the queue, as gone says.
func (l *line) remove(gone func(*waiting) bool) {
	l.queue.remove(func(w waiting) bool {
		if !gone(&w) {
			return false
		}
		l.bytes -= w.rest()
		l.counted.FramesDropped++
		return true
	})
}

// class orders what different slots have waiting, the smallest first: key frames, then layers 0 to 2.
func (l *line) class() int {
	f := l.queue.first().frame
	if f.KeyFrame {
		return 0
	}
	return 1 + int(f.TemporalID)
}

// before tells whether what waits in l goes ahead of what waits in m.
func (l *line) before(m *line, now time.Time) bool {
	late := func(l *line) bool { return now.Sub(l.queue.first().pushed) > patience }
	if a, b := late(l), late(m); a || b {
		return l.credit < m.credit
	}
	if a, b := l.class(), m.class(); a != b {
		return a < b
	}
	return l.credit < m.credit
}

// pop gives the packet that leaves next its numbers, and keeps it for repairs.
func (l *line) pop() *piece {
	w := l.queue.first()
	if w.left == 0 {
		w.d = l.numbers.picture(w.frame)
		l.order++
		if w.frame.KeyFrame {
			l.keyFrom = l.order
		}
	}
	p := piece{
		frame: w.frame, packets: w.packets, descriptor: w.d, index: w.left,
		sequence: l.numbers.next(), timestamp: l.numbers.timestamp, order: l.order, era: l.era,
		pushed: w.pushed,
	}
	l.bytes -= p.bytes()
	w.left++
	if p.last() {
		l.queue.pop()
		l.counted.FramesSent++
	}
	l.lastEra = l.era
	l.history.add(p)
	return l.history.find(p.sequence)
}

// stale tells whether nobody needs a repair of p any more.
func (l *line) stale(p *piece, now time.Time, draining bool) bool {
	if p.order < l.keyFrom || p.era != l.era {
		return true
	}
	return p.frame.TemporalID > 0 && (draining || now.Sub(p.pushed) > repairAge)
}
