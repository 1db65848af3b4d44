package audio

// waiting is a packet whose time to be played has not come. Numbers and times are unwrapped.
type waiting struct {
	used      bool
	copies    bool // carries a copy of the frame before it
	sequence  int64
	timestamp int64 // samples
	at        int64 // arrival, samples since the playout's epoch
	duration  int64 // samples
	length    int
	payload   [maxPayload]byte
}

func (w *waiting) data() []byte { return w.payload[:w.length] }

// buffer holds the packets that came and were not played yet, in no order.
type buffer struct {
	slots [ringSlots]waiting
	count int
}

// free is an empty slot, nil if there is none; the caller fills it and sets used by take.
func (b *buffer) free() *waiting {
	for i := range b.slots {
		if w := &b.slots[i]; !w.used {
			return w
		}
	}
	return nil
}

func (b *buffer) take(w *waiting) {
	w.used = true
	b.count++
}

func (b *buffer) remove(w *waiting) {
	w.used = false
	b.count--
}

// at is the packet that begins at the timestamp, nil if it is not there.
func (b *buffer) at(timestamp int64) *waiting {
	return b.find(func(w *waiting) bool { return w.timestamp == timestamp })
}

// copyOf is the packet whose copy restores the frame that begins at the timestamp, nil if there is
// none. The copy is as long as the packet that carries it.
func (b *buffer) copyOf(timestamp int64) *waiting {
	return b.find(func(w *waiting) bool { return w.copies && w.timestamp-w.duration == timestamp })
}

func (b *buffer) find(match func(*waiting) bool) *waiting {
	for w := range b.all {
		if match(w) {
			return w
		}
	}
	return nil
}

// all gives the packets, which lie in the first slots: it looks no further than the last of them.
func (b *buffer) all(yield func(*waiting) bool) {
	for i, left := 0, b.count; left > 0; i++ {
		if w := &b.slots[i]; w.used {
			if !yield(w) {
				return
			}
			left--
		}
	}
}

// earliest is the packet with the least timestamp, nil if the buffer is empty.
func (b *buffer) earliest() *waiting {
	var first *waiting
	for w := range b.all {
		if first == nil || w.timestamp < first.timestamp {
			first = w
		}
	}
	return first
}

// discardBefore removes what begins before the timestamp and returns how many packets that were.
func (b *buffer) discardBefore(timestamp int64) (discarded int64) {
	for w := b.earliest(); w != nil && w.timestamp < timestamp; w = b.earliest() {
		b.remove(w)
		discarded++
	}
	return discarded
}

func (b *buffer) clear() int64 {
	discarded := int64(b.count)
	for i := range b.slots {
		b.slots[i].used = false
	}
	b.count = 0
	return discarded
}
