package audio

import "math"

const (
	// baseWindow is over how many packets, and baseAge over how many samples at most, the shortest way
	// is sought: long enough to meet a packet that was not delayed, short enough to follow the drift
	// between two clocks.
	baseWindow = 100
	baseAge    = 10 * 1000 * millisecond
	// routeWindow is how many packets in a row must be late for the way itself to have become longer,
	// routeStep by how much at least.
	routeWindow = 16
	routeStep   = 40 * millisecond
)

// way knows the shortest way of late: the least difference of arrival and timestamp. What a packet
// took beyond that is its delay.
type way struct {
	offsets [baseWindow]int64 // arrival - timestamp, samples
	at      [baseWindow]int64 // arrival
	count   int
	base    int64
}

// add takes a packet in and tells whether the route has become longer for good, by more than the
// step. Then the packets before the last routeWindow are forgotten. A shorter route is seen at once.
func (w *way) add(offset, at, step int64) (longer bool) {
	w.offsets[w.count%baseWindow], w.at[w.count%baseWindow] = offset, at
	w.count++
	least, recent := int64(math.MaxInt64), int64(math.MaxInt64)
	n := min(w.count, baseWindow)
	for i := range n {
		j := (w.count - 1 - i) % baseWindow
		if at-w.at[j] > baseAge {
			break
		}
		least = min(least, w.offsets[j])
		if i < routeWindow {
			recent = least
		}
	}
	if longer = n >= routeWindow && recent-least > step; longer {
		w.forget()
		least = recent
	}
	w.base = least
	return longer
}

// forget keeps the last routeWindow packets only.
func (w *way) forget() {
	var offsets, at [routeWindow]int64
	for i := range routeWindow {
		j := (w.count - routeWindow + i) % baseWindow
		offsets[i], at[i] = w.offsets[j], w.at[j]
	}
	copy(w.offsets[:], offsets[:])
	copy(w.at[:], at[:])
	w.count = routeWindow
}

const (
	buckets     = 400 // one second in all
	bucketWidth = millisecond * 5 / 2
	// forgetting is the weight of a packet against that of the next one: half is forgotten after 350
	// packets, 7 s.
	forgetting = 0.998
	// priorWeight is how many packets the assumption at the start is worth.
	priorWeight = 15
)

// histogram counts after which delay beyond the shortest way frames became decodable: by themselves,
// or by the copy in the packet behind them. Older packets weigh less; so that this costs nothing,
// newer ones weigh more.
type histogram struct {
	counts [buckets]float64
	sum    float64
	weight float64
	packet int // counts packets

	// recent are the entries of the last packets, two a packet at most, to be taken out again when
	// the route changes.
	recent [2 * routeWindow]entry
	next   int
}

type entry struct {
	bucket int
	weight float64
	packet int
}

// reset forgets everything and assumes the given delay in samples.
func (h *histogram) reset(assumed int) {
	*h = histogram{weight: 1}
	h.counts[assumed/bucketWidth] = priorWeight
	h.sum = priorWeight
}

// advance is called once a packet, before note.
func (h *histogram) advance() {
	h.packet++
	h.weight /= forgetting
	if h.weight < 1e9 {
		return
	}
	for i := range h.counts {
		h.counts[i] /= h.weight
	}
	for i := range h.recent {
		h.recent[i].weight /= h.weight
	}
	h.sum /= h.weight
	h.weight = 1
}

// note enters a frame that became decodable after the delay in samples.
func (h *histogram) note(delay int64) {
	bucket := int(min(max(delay, 0)/bucketWidth, buckets-1))
	h.counts[bucket] += h.weight
	h.sum += h.weight
	h.recent[h.next] = entry{bucket, h.weight, h.packet}
	h.next = (h.next + 1) % len(h.recent)
}

// quantile is the delay in samples that so great a share of the frames did not exceed.
func (h *histogram) quantile(share float64) int64 {
	below := 0.0
	for i, count := range h.counts {
		if below += count; below >= share*h.sum {
			return int64((i + 1) * bucketWidth)
		}
	}
	return buckets * bucketWidth
}

// undo takes the entries of the last routeWindow packets out again.
func (h *histogram) undo() {
	for i := range h.recent {
		e := &h.recent[i]
		if h.packet-e.packet < routeWindow {
			taken := min(e.weight, h.counts[e.bucket])
			h.counts[e.bucket] -= taken
			h.sum -= taken
		}
		e.weight = 0
	}
}
