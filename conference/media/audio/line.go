package audio

// kind says where a sample came from.
type kind uint8

const (
	decoded   kind = iota // from a packet, or from the copy in the next one
	concealed             // made up because nothing better was there
	comfort               // the speaker pauses
)

const (
	lineLength = 32768
	// lineHistory is how many played samples are kept: the period that a stretch repeats.
	lineHistory = 2048
	// tidyFrom is how far the line is read before it is moved back.
	tidyFrom = 6 * lineHistory
	// lineRoom is what one Pull may add at most: two packets of 120 ms, a period, a joint.
	lineRoom = 2*maxPacketSamples + 4*longestPeriod
)

// line is the sound that was decoded and not played yet, with some of what was played before it.
type line struct {
	samples     [lineLength]int16
	kinds       [lineLength]kind
	read, write int
	made        int // concealed samples among those that wait
}

func (l *line) reset() {
	l.read, l.write, l.made = lineHistory, lineHistory, 0
	clear(l.samples[:lineHistory])
}

// ready is how many samples wait to be played.
func (l *line) ready() int { return l.write - l.read }

// tidy makes room for one Pull. It moves what there is long before it must, so that many lines together do
// not drive each other out of the processor's cache.
func (l *line) tidy() {
	if l.read < tidyFrom && l.write < lineLength-lineRoom {
		return
	}
	from := l.read - lineHistory
	copy(l.samples[:], l.samples[from:l.write])
	copy(l.kinds[:], l.kinds[from:l.write])
	l.read -= from
	l.write -= from
}

func (l *line) put(x []int16, k kind) {
	copy(l.samples[l.write:], x)
	kinds := l.kinds[l.write : l.write+len(x)]
	switch k {
	case decoded:
		clear(kinds)
	case concealed:
		l.made += len(x)
		fallthrough
	default:
		for i := range kinds {
			kinds[i] = k
		}
	}
	l.write += len(x)
}

// take copies the next samples out and returns how many of them were concealed. So many are ready.
func (l *line) take(out []int16) (made int) {
	copy(out, l.samples[l.read:l.write])
	made = l.madeAmong(len(out))
	l.made -= made
	l.read += len(out)
	return made
}

// madeAmong is how many of the next n samples were concealed.
func (l *line) madeAmong(n int) (made int) {
	if l.made == 0 {
		return 0
	}
	for _, k := range l.kinds[l.read : l.read+n] {
		if k == concealed {
			made++
		}
	}
	return made
}

// cut removes n samples from the ready ones, the first.
func (l *line) cut(n int) {
	l.made -= l.madeAmong(n)
	copy(l.samples[l.read:], l.samples[l.read+n:l.write])
	copy(l.kinds[l.read:], l.kinds[l.read+n:l.write])
	l.write -= n
}

// widen repeats the first n of the ready samples (n <= ready), or makes room for so many before them.
func (l *line) widen(n int) {
	l.made += l.madeAmong(n)
	copy(l.samples[l.read+n:], l.samples[l.read:l.write])
	copy(l.kinds[l.read+n:], l.kinds[l.read:l.write])
	l.write += n
}
