package bandwidth_test

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// world is a clock that jumps from event to event, and its dice.
type world struct {
	now    time.Duration
	dice   *rand.Rand
	events events
	count  int
}

func newWorld(seed uint64) *world {
	return &world{dice: rand.New(rand.NewPCG(seed, 0x5eed))}
}

type event struct {
	at time.Duration
	n  int // of two at the same time the first one made goes first
	do func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (w *world) time() time.Time { return epoch.Add(w.now) }

func (w *world) at(at time.Duration, do func()) {
	w.count++
	heap.Push(&w.events, event{max(at, w.now), w.count, do})
}

func (w *world) every(first, pause time.Duration, do func()) {
	w.at(first, func() {
		do()
		w.every(w.now+pause, pause, do)
	})
}

func (w *world) run(until time.Duration) {
	for len(w.events) > 0 && w.events[0].at <= until {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
	}
	w.now = until
}

// spread is a factor of mean 1 (log-normal).
func (w *world) spread(sigma float64) float64 {
	return math.Exp(w.dice.NormFloat64()*sigma - sigma*sigma/2)
}

// conditions are those of one direction of a path.
type conditions struct {
	rate   float64       // bits per second; 0: unlimited
	queue  time.Duration // the longest that a packet may wait; then it is dropped
	bucket int           // bytes that pass at once after a pause (token bucket)
	delay  time.Duration
	jitter time.Duration // uniform; the order is kept
	loss   float64       // 0 to 1
	burst  float64       // mean packets in a row that are lost; up to 1: each on its own
	down   bool
}

// link is one direction of a path, with a drop-tail queue.
type link struct {
	*world
	conditions
	free, last time.Duration
	bad        bool
	waits      []wait
	drops      []time.Duration
}

type wait struct{ at, queued time.Duration }

func (l *link) lost() bool {
	if l.loss <= 0 {
		return false
	}
	if l.burst <= 1 {
		return l.dice.Float64() < l.loss
	}
	if l.bad {
		l.bad = l.dice.Float64() < 1-1/l.burst
	} else {
		l.bad = l.dice.Float64() < l.loss/(1-l.loss)/l.burst
	}
	return l.bad
}

func (l *link) send(bytes int, deliver func()) {
	if l.down || l.lost() {
		return
	}
	at := l.now
	if l.rate > 0 {
		l.free = max(l.free, l.now-span(l.bucket, l.rate))
		queued := max(0, l.free-l.now)
		if queued > l.queue {
			l.drops = append(l.drops, l.now)
			return
		}
		l.waits = append(l.waits, wait{l.now, queued})
		l.free += span(bytes, l.rate)
		at = max(l.now, l.free)
	}
	at += l.delay + time.Duration(l.dice.Float64()*float64(l.jitter))
	l.last = max(l.last, at)
	l.at(l.last, deliver)
}

// queued is the quantile of the queueing delays from an instant on.
func (l *link) queued(from time.Duration, quantile float64) time.Duration {
	var all []time.Duration
	for _, w := range l.waits {
		if w.at >= from {
			all = append(all, w.queued)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(quantile*float64(len(all))))]
}

// meter counts bytes in steps of 50 ms.
type meter struct{ bytes []int }

const meterStep = 50 * time.Millisecond

func (m *meter) add(at time.Duration, bytes int) {
	i := int(at / meterStep)
	for len(m.bytes) <= i {
		m.bytes = append(m.bytes, 0)
	}
	m.bytes[i] += bytes
}

// rate is the mean over a span, in bits per second.
func (m *meter) rate(from, to time.Duration) float64 {
	sum := 0
	for i := int(from / meterStep); i < int(to/meterStep) && i < len(m.bytes); i++ {
		sum += m.bytes[i]
	}
	return float64(sum) * 8 / (to - from).Seconds()
}

// reaches is how long after from a whole second runs at the rate; an hour: never before to.
func (m *meter) reaches(rate float64, from, to time.Duration) time.Duration {
	for at := from; at+time.Second <= to; at += 2 * meterStep {
		if m.rate(at, at+time.Second) >= rate {
			return at + time.Second - from
		}
	}
	return time.Hour
}
