package resample

// Resampler is a Stream that fetches its input. It is used by one goroutine at a time.
type Resampler struct {
	stream *Stream
	read   func([]float32) error
	input  [block]float32
	unused []float32 // of input
}

// New makes a resampler whose input comes from read, which fills all of its argument or fails. The rates
// are those of NewStream.
func New(from, to int, read func([]float32) error) *Resampler {
	return &Resampler{stream: NewStream(from, to), read: read}
}

// Reset forgets the input so far, as if silence had preceded what comes next.
func (r *Resampler) Reset() {
	r.stream.Reset()
	r.unused = nil
}

// Read fills dst with output. An error is that of the input.
func (r *Resampler) Read(dst []float32) error {
	for len(dst) > 0 {
		if len(r.unused) == 0 {
			n := min(max(r.stream.Needed(len(dst)), 1), block)
			if err := r.read(r.input[:n]); err != nil {
				return err
			}
			r.unused = r.input[:n]
		}
		written, read := r.stream.Process(dst, r.unused)
		dst, r.unused = dst[written:], r.unused[read:]
	}
	return nil
}
