package audio

// heard tells what a speaker's device has taken out of its ring. The ring's writer owns it.
type heard struct {
	ring    *pcm
	tell    func([]int16) // nil: nobody
	told    uint64        // samples of the ring
	lacking uint64        // samples that were not there, told as zeros
	zeros   [block]int16
}

// turn tells what was taken since the last turn. It comes before the next write: until then the ring
// still holds it, and what lacked lacked after it.
func (h *heard) turn() {
	taken, lacking := h.ring.taken.Load(), h.ring.lacking.Load()
	if h.tell == nil {
		return
	}
	for h.told < taken {
		x := h.ring.samples[h.told%pcmLength:]
		x = x[:min(uint64(len(x)), taken-h.told)]
		h.tell(x)
		h.told += uint64(len(x))
	}
	h.silence(int(lacking - h.lacking))
	h.lacking = lacking
}

// silence tells n zeros.
func (h *heard) silence(n int) {
	for ; h.tell != nil && n > 0; n -= block {
		h.tell(h.zeros[:min(n, block)])
	}
}
