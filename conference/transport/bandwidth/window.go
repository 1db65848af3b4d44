package bandwidth

import (
	"slices"
	"time"
)

const (
	// arrivalsKept and fatesKept bound the memory of a path: half a second at 40 Mbit/s, and 2.5 s at
	// 16 Mbit/s, in packets of 1,200 bytes. What is faster is judged by less than its due span.
	arrivalsKept = 2048
	fatesKept    = 4096
	// arrivalSpan and lossSpan are how long they are of use.
	arrivalSpan = 2 * time.Second
	lossSpan    = 2500 * time.Millisecond
	// largestPacket is what UDP can carry, with its headers, in bytes.
	largestPacket = 65_575
)

// arrival is a packet that came through.
type arrival struct {
	departed time.Duration // by our clock
	arrived  time.Duration // by the receiver's
	queued   time.Duration // its one-way delay above the least
	size     int           // bytes
}

// fate is what became of a packet, whatever it was.
type fate struct {
	departed time.Duration
	queued   time.Duration // its own queueing delay; of a lost one, that of the packet before
	lost     bool
}

// window holds what became of the last packets.
type window struct {
	base     minimum // of one-way delays; their zero is arbitrary
	arrivals ring[arrival]
	fates    ring[fate]
	last     time.Duration // queueing delay of the last arrival
	all      delays        // of the fates that arrived
	lost     delays        // of those that did not
	scratch  []time.Duration
}

// delays is a sum that is kept up to date.
type delays struct {
	sum time.Duration
	n   int
}

func (d *delays) mean() time.Duration { return d.sum / time.Duration(max(1, d.n)) }

func (w *window) init() {
	w.arrivals = newRing[arrival](arrivalsKept)
	w.fates = newRing[fate](fatesKept)
	w.scratch = make([]time.Duration, 0, arrivalsKept)
}

func (w *window) addArrived(departed, arrived time.Duration, size int) {
	delay := arrived - departed
	w.base.add(departed, delay)
	least, _ := w.base.value()
	w.last = delay - least
	w.arrivals.push(arrival{departed, arrived, w.last, min(max(size, 0), largestPacket)})
	w.note(fate{departed, w.last, false})
}

func (w *window) addLost(departed time.Duration) { w.note(fate{departed, w.last, true}) }

func (w *window) note(f fate) {
	if w.fates.full() {
		w.dropFate()
	}
	w.fates.push(f)
	d := w.sum(f.lost)
	d.sum += f.queued
	d.n++
}

func (w *window) sum(lost bool) *delays {
	if lost {
		return &w.lost
	}
	return &w.all
}

func (w *window) dropFate() {
	f := w.fates.at(0)
	d := w.sum(f.lost)
	d.sum -= f.queued
	d.n--
	w.fates.drop()
}

// forget drops what is of no use any more.
func (w *window) forget(now time.Duration) {
	for w.arrivals.count > 0 && w.arrivals.at(0).departed < now-arrivalSpan {
		w.arrivals.drop()
	}
	for w.fates.count > 0 && w.fates.at(0).departed < now-lossSpan {
		w.dropFate()
	}
}

// forgetDelays begins a path whose delays are others.
func (w *window) forgetDelays() {
	w.base = minimum{}
	w.arrivals.clear()
}

func (w *window) forgetLosses() {
	w.fates.clear()
	w.all, w.lost = delays{}, delays{}
}

// newest is the last arrival; nil: there is none.
func (w *window) newest() *arrival {
	if w.arrivals.count == 0 {
		return nil
	}
	return w.arrivals.at(w.arrivals.count - 1)
}

// rate is what arrived in the given span before the newest arrival, in bits per second.
func (w *window) rate(span time.Duration) float64 {
	newest := w.newest()
	if newest == nil {
		return 0
	}
	bytes, i := 0, w.arrivals.count-1
	for ; i >= 0; i-- {
		a := w.arrivals.at(i)
		if a.arrived <= newest.arrived-span {
			break
		}
		bytes += a.size
	}
	if i < 0 && w.arrivals.full() { // faster than there is room for
		span = min(max(newest.arrived-w.arrivals.at(0).arrived, time.Millisecond), span)
	}
	return float64(bytes) * 8 / span.Seconds()
}

// leastStanding is how many packets the standing queue is judged by, at least.
const leastStanding = 5

// standing is the smallest queueing delay of the last span of arrivals.
func (w *window) standing(span time.Duration) time.Duration {
	newest := w.newest()
	if newest == nil {
		return 0
	}
	least := newest.queued
	for i := w.arrivals.count - 1; i >= 0; i-- {
		a := w.arrivals.at(i)
		if a.arrived <= newest.arrived-span && w.arrivals.count-i > leastStanding {
			break
		}
		least = min(least, a.queued)
	}
	return least
}

// spread is half of the 90 % quantile of the queueing delays of the last span: the path's jitter.
func (w *window) spread(span time.Duration) time.Duration {
	newest := w.newest()
	if newest == nil || span <= 0 {
		return 0
	}
	w.scratch = w.scratch[:0]
	for i := w.arrivals.count - 1; i >= 0; i-- {
		a := w.arrivals.at(i)
		if a.arrived <= newest.arrived-span {
			break
		}
		w.scratch = append(w.scratch, a.queued)
	}
	slices.Sort(w.scratch)
	return w.scratch[len(w.scratch)*9/10] / 2
}
