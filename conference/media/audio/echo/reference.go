package echo

// reference is what was played as the filter takes it: by the microphone's clock, and late by what the
// echo is late, so that the filter begins shortly before the echo.
type reference struct {
	reader
	window [filterLength - hop + block]float32 // the newest block and what the transform overlaps

	hole   bool    // something was read that was not played yet, and is silent in the filter
	holeAt float64 // index of the source where that began
}

// next reads a block. It reports whether all of it has been played already.
func (r *reference) next() (whole bool) {
	copy(r.window[:filterLength-hop], r.window[block:])
	began := r.at
	lacking := r.read(r.window[filterLength-hop:])
	if lacking > 0 && !r.hole {
		r.hole, r.holeAt = true, began
	}
	return lacking == 0
}

// hop is what the filter takes at hop h of the block.
func (r *reference) hop(h int) []float32 { return r.window[h*hop : h*hop+filterLength] }

// newest is the block that was read last.
func (r *reference) newest() []float32 { return r.window[filterLength-hop:] }

// mend fills a hole once what lacked has come late.
func (r *reference) mend(f *filter, rate float64) {
	if !r.hole || float64(r.source.head()) < r.at+kernelHalf {
		return
	}
	r.restore(f, int((r.at-r.holeAt)/hop)+2, rate)
}

// restore pushes the newest hops of the filter's reference anew, at most all: after the reader has moved,
// or when what lacked has come.
func (r *reference) restore(f *filter, hops int, rate float64) {
	hops = min(hops, directParts)
	at, own := r.at, r.rate
	r.rate = rate
	r.at -= float64(hops*hop+filterLength-hop) * rate
	f.rewind(hops)
	r.read(r.window[block : block+filterLength-hop])
	for range hops {
		w := r.window[block-hop:]
		copy(w, w[hop:])
		r.read(w[filterLength-hop:])
		f.push(w)
	}
	r.at, r.rate, r.hole = at, own, false
}
