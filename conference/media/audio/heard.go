package audio

import (
	"time"

	"confab/conference/media"
)

// heardHolds is how much of what was put into a cable waits to be told, in samples: more than a pump keeps
// there.
const heardHolds = 16384

// heard tells what a speaker's devices have played, at 48 kHz. The goroutine that fills the cable owns it.
type heard struct {
	tell func([]int16) // nil: nobody

	sent  [heardHolds]int16 // put into the cable, a ring
	put   uint64            // samples of it, of this cable
	told  uint64
	gaps  uint64    // samples that the cable lacked, told as zeros
	until time.Time // told of up to here
	zeros [block]int16
}

// change goes on with another cable. What waits in the one before is never heard.
func (h *heard) change(now time.Time) {
	h.standstill(now)
	h.put, h.told, h.gaps = 0, 0, 0
}

// write notes what goes into the cable.
func (h *heard) write(x *[block]int16) {
	if h.tell == nil {
		return
	}
	copy(h.sent[h.put%heardHolds:], x[:]) // heardHolds is no multiple of block: what is left goes to the front
	if rest := int(h.put%heardHolds) + block - heardHolds; rest > 0 {
		copy(h.sent[:], x[block-rest:])
	}
	h.put += block
}

// consumed tells what the device has taken out of the cable since the last time, and then zeros for what it
// did not find there.
func (h *heard) consumed(c *cable, now time.Time) {
	if h.tell == nil {
		return
	}
	taken, gaps := min(c.ours(c.ring.taken.Load()), h.put), c.ours(c.ring.lacking.Load())
	if taken == h.told && gaps == h.gaps {
		return
	}
	for h.told < taken {
		x := h.sent[h.told%heardHolds:]
		x = x[:min(uint64(len(x)), taken-h.told)]
		h.tell(x)
		h.told += uint64(len(x))
	}
	h.silence(int(gaps - h.gaps))
	h.gaps, h.until = gaps, now
}

// standstill tells zeros for the time in which no device took anything.
func (h *heard) standstill(now time.Time) {
	passed := now.Sub(h.until)
	if h.tell == nil || passed <= 0 {
		return
	}
	n := passed * media.SampleRate / time.Second
	h.silence(int(n))
	h.until = h.until.Add(n * time.Second / media.SampleRate)
}

// silence tells n zeros.
func (h *heard) silence(n int) {
	for ; n > 0; n -= block {
		h.tell(h.zeros[:min(n, block)])
	}
}
