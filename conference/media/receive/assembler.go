package receive

import (
	"time"

	"github.com/pion/rtp"

	"confab/conference/media/codec/vp8rtp"
)

const (
	// maxGap is how far a sequence number may jump ahead and still be loss; beyond, the stream begins
	// anew, as it does for numbers far behind, once a second packet confirms it (RFC 3550 appendix A.1).
	maxGap = 1000
	// startWait is how long a stream that begins in the middle of a frame waits for an earlier packet,
	// and startBack how many packets early that may be.
	startWait = 20 * time.Millisecond
	startBack = 32
	// maxMissing and maxMissingAge bound what is asked for again. Beyond, a flood of repairs would only
	// lengthen the queue that lost the packets: everything is given up for a key frame.
	maxMissing    = 100
	maxMissingAge = 500 * time.Millisecond
)

// encoded is a frame for the decoder.
type encoded struct {
	data    []byte
	number  uint64 // rises
	key     bool
	layer   uint8 // temporal
	stamp   uint32
	arrived time.Time // its first packet
	due     time.Time // when it is to be decoded and shown
}

// assembler makes frames of packets. It is arithmetic without I/O or a clock; times never go back.
type assembler struct {
	ring
	chain  chain
	keys   keyRequests
	trip   repairTrip
	counts counts

	begun   bool
	ssrc    uint32
	odd     *rtp.Packet // one whose number is far from the others; the next may confirm it
	lastAt  time.Time   // of the last packet
	used    bool        // a packet of this stream has been used: no earlier one can come
	number  uint64      // of the last frame given
	lastKey uint64      // the last key frame given
	limit   uint8       // the highest temporal layer to give
}

// counts are an assembler's part of the statistics.
type counts struct {
	packets, bytes, frames, dropped uint64
	expected, unique                uint64 // packets that should have, and that have arrived
	nacks, plis                     uint64
}

func newAssembler() *assembler {
	return &assembler{limit: allLayers, chain: chain{needKey: true}}
}

// push takes a packet, and keeps it.
func (a *assembler) push(now time.Time, p *rtp.Packet) {
	a.counts.packets++
	a.counts.bytes += uint64(len(p.Payload))
	a.lastAt = now
	if !a.begun || p.SSRC != a.ssrc {
		a.begin(now, p)
	}
	n := a.ring.number(p.SequenceNumber)
	switch d := n - a.high; {
	case d > maxGap || d < -ringSize:
		if odd := a.odd; odd != nil && p.SequenceNumber == odd.SequenceNumber+1 {
			a.begin(now, odd)
			a.insert(now, a.high+1, odd)
			a.insert(now, a.high+1, p)
			return
		}
		a.odd = p
		return
	case n-a.next >= ringSize:
		a.counts.expected += uint64(d)
		a.counts.unique++
		a.restart(n)
		a.breakOff(now)
		a.put(now, n, p)
		return
	}
	a.insert(now, n, p)
}

// begin makes p the first packet of a stream.
func (a *assembler) begin(now time.Time, p *rtp.Packet) {
	a.begun, a.used, a.odd, a.ssrc, a.marks = true, false, nil, p.SSRC, false
	a.restart(1<<32 + int64(p.SequenceNumber))
	a.chain = chain{needKey: true}
	a.keys.want(now.Add(beginWait))
}

func (a *assembler) insert(now time.Time, n int64, p *rtp.Packet) {
	a.odd = nil
	if n < a.next {
		if a.used || a.next-n > startBack {
			return // too late, or a duplicate
		}
		a.counts.expected += uint64(a.next - n)
		a.back(now, n)
	}
	if n > a.high {
		a.counts.expected += uint64(n - a.high)
	}
	if s := a.slot(n); n <= a.high && s.state == missing {
		a.trip.arrived(now, s)
	}
	if !a.put(now, n, p) {
		return
	}
	a.counts.unique++
	if s := a.slot(n); a.chain.needKey && s.state == present && s.key {
		a.consume(n) // the rest is history
		a.used = true
	}
}

// pop gives the next frame that can be decoded; false: none yet.
func (a *assembler) pop(now time.Time, roundTrip time.Duration) (encoded, bool) {
	for a.next <= a.high {
		s := a.slot(a.next)
		if s.state == padding {
			a.consume(a.next + 1)
			continue
		}
		if s.state == present && !s.start {
			if !a.used && now.Sub(s.at) < startWait {
				return encoded{}, false
			}
			a.breakOff(now) // the rest of a frame whose beginning never came
			a.used = true
			a.consume(a.next + 1)
			continue
		}
		if s.state == present {
			switch end, e := a.frameFrom(a.next); e {
			case partial:
				return encoded{}, false
			case complete:
				if f, ok := a.use(end); ok {
					return f, true
				}
				continue
			case cut:
				a.abandon(now, end)
				continue
			}
		}
		if !a.skip(now, roundTrip) {
			return encoded{}, false
		}
	}
	return encoded{}, false
}

// use takes the complete frame at next, which ends before end; false: it cannot be decoded.
func (a *assembler) use(end int64) (encoded, bool) {
	first := a.next
	f, s := a.frame(first), *a.slot(first)
	defer a.consume(end)
	a.used = true
	if f.layer() > a.limit && !f.key || !a.chain.takes(f) {
		a.chain.left(f)
		a.counts.dropped++
		return encoded{}, false
	}
	a.chain.took(f)
	a.counts.frames++
	a.number++
	if f.key {
		a.lastKey = a.number
		a.keys.served()
	}
	out := encoded{
		data: a.data(first, end), number: a.number, key: f.key, layer: f.TemporalID,
		stamp: s.stamp, arrived: s.at,
	}
	for n := first; n < end; n++ {
		if at := a.slot(n).at; at.Before(out.arrived) {
			out.arrived = at
		}
	}
	return out, true
}

// abandon gives up the frame at next, which ends before end without being whole.
func (a *assembler) abandon(now time.Time, end int64) {
	f := a.frame(a.next)
	if f.layer() == 0 {
		a.breakOff(now)
	}
	a.chain.left(f)
	a.counts.dropped++
	a.used = true
	a.consume(end)
}

// skip moves over the first hole to a frame that can do without what is missing; false: wait.
func (a *assembler) skip(now time.Time, roundTrip time.Duration) bool {
	hole, ok := a.firstHole(a.next)
	if !ok {
		return false
	}
	late := now.Sub(a.slot(hole).at) >= skipWait(roundTrip)
	for n := hole + 1; n <= a.high; {
		if s := a.slot(n); s.state != present || !s.start {
			n++
			continue
		}
		end, e := a.frameFrom(n)
		if e == complete {
			f := a.frame(n)
			harmless := a.harmless(n)
			if follows := a.chain.after(f, harmless); follows == already || follows == inTime && late {
				a.jump(n, follows == already && !f.key || harmless)
				return true
			}
		}
		n = max(end, n+1)
	}
	return false
}

// harmless tells whether all frames between the last one and the one at n are known, by their numbers
// and the packets that did arrive, to be nobody's reference.
func (a *assembler) harmless(n int64) bool {
	f := a.frame(n)
	if !f.HasPictureID || !a.chain.last.HasPictureID {
		return false
	}
	between := int(f.PictureID-a.chain.last.PictureID-1) & pictureIDMask(f.Descriptor)
	for i := a.next; i < n; i++ {
		if s := a.slot(i); s.state == present && s.start && s.desc.NonReference {
			between--
		}
	}
	return between == 0
}

func pictureIDMask(d vp8rtp.Descriptor) int {
	if d.ShortPictureID {
		return 0x7f
	}
	return vp8rtp.PictureIDMask
}

// jump gives up what is before the frame at n.
func (a *assembler) jump(n int64, harmless bool) {
	for i := a.next; i < n; i++ {
		if s := a.slot(i); s.state == present && s.start {
			a.counts.dropped++
		}
	}
	if !harmless {
		a.chain.lost()
	}
	a.used = true
	a.consume(n)
}

// breakOff says that nothing more can be decoded without a key frame.
func (a *assembler) breakOff(now time.Time) {
	if !a.chain.needKey {
		a.chain.needKey = true
		a.keys.want(now)
	}
}

// failed says that the decoder could not decode the frame of that number.
func (a *assembler) failed(now time.Time, number uint64) {
	if number >= a.lastKey { // else a key frame after it has gone to the decoder already
		a.breakOff(now)
	}
}

// giveUp drops everything up to the newest key frame that is arriving.
func (a *assembler) giveUp(now time.Time) {
	a.breakOff(now)
	n, ok := a.hopefulKey(now)
	if !ok {
		n = a.high + 1
	}
	a.used = true
	a.consume(n)
}

// hopefulKey is the beginning of the newest key frame in the ring, if it may still become complete.
func (a *assembler) hopefulKey(now time.Time) (int64, bool) {
	n, ok := a.ring.lastKey()
	if !ok {
		return 0, false
	}
	if hole, ok := a.firstHole(n); ok && now.Sub(a.slot(hole).at) >= maxMissingAge {
		return 0, false
	}
	return n, a.high-n < ringSize/2
}
