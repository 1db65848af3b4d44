package audio

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
)

// Puller gives the next 10 ms of one source of sound. It neither waits nor allocates. A [Playout] is
// one.
type Puller interface {
	Pull(now time.Time, out *media.AudioFrame)
}

// maxGain bounds what SetGain takes: 12 dB.
const maxGain = 4

// Mixer adds sources, each at its own gain, under a limiter that never clips. Sources come and go at
// any time from any goroutine without delaying the one that mixes.
type Mixer struct {
	sources atomic.Pointer[[]*source] // replaced, never changed
	turn    atomic.Uint64             // odd while Mix runs

	mu sync.Mutex // held while sources is replaced

	// Owned by Mix.
	mixed   *[]*source // the sources of the last Mix
	sum     [media.FrameSamples]float32
	limiter *limiter
}

type source struct {
	id     string
	puller Puller
	tap    func(media.AudioFrame)
	gain   atomic.Uint32 // wanted; bits of a float32

	// Owned by Mix.
	frame   media.AudioFrame
	applied float32 // gain at the end of the last frame
}

// NewMixer makes a mixer without sources; it gives silence.
func NewMixer() *Mixer {
	m := &Mixer{limiter: newLimiter()}
	m.sources.Store(&[]*source{})
	m.mixed = m.sources.Load()
	return m
}

// Add adds a source under a name, at gain 1, and takes the place of one of the same name. tap, if not
// nil, is given each frame before gain and mixing, by the goroutine that mixes: it must not wait for
// others or a disk, and must not change the mixer.
func (m *Mixer) Add(id string, src Puller, tap func(media.AudioFrame)) {
	s := &source{id: id, puller: src, tap: tap, applied: 1}
	s.gain.Store(math.Float32bits(1))
	m.replace(id, s)
}

// Remove removes the source of that name, if there is one; what it left unfinished fades away. When it
// returns, neither the source nor its tap is used any more.
func (m *Mixer) Remove(id string) { m.replace(id, nil) }

// SetGain sets the gain of a source, 0 to 4; the sound glides there within 10 ms. A name that is not
// there is ignored.
func (m *Mixer) SetGain(id string, gain float64) {
	if math.IsNaN(gain) {
		return
	}
	for _, s := range *m.sources.Load() {
		if s.id == id {
			s.gain.Store(math.Float32bits(float32(min(max(gain, 0), maxGain))))
		}
	}
}

// Mix pulls the next 10 ms of each source and adds them. One goroutine mixes; it never waits for
// others and never allocates.
func (m *Mixer) Mix(now time.Time, out *media.AudioFrame) {
	m.turn.Add(1)
	defer m.turn.Add(1)
	sources := m.sources.Load()
	clear(m.sum[:])
	if sources != m.mixed {
		m.fadeRemoved(*m.mixed, *sources)
		m.mixed = sources
	}
	for _, s := range *sources {
		s.puller.Pull(now, &s.frame)
		if s.tap != nil {
			s.tap(s.frame)
		}
		m.add(s)
	}
	m.limiter.process(m.sum[:], out.Samples[:])
	out.Captured = now
}

// replace puts s, or nothing, in the place of the source named id, and waits until no Mix uses the old
// one any more.
func (m *Mixer) replace(id string, s *source) {
	m.mu.Lock()
	old := *m.sources.Load()
	sources := slices.DeleteFunc(slices.Clone(old), func(o *source) bool { return o.id == id })
	if s != nil {
		sources = append(sources, s)
	}
	m.sources.Store(&sources)
	m.mu.Unlock()
	turn := m.turn.Load()
	for spins := 0; turn%2 == 1 && m.turn.Load() == turn; spins++ {
		if spins < 100 {
			runtime.Gosched()
		} else { // a tap that waits, against the rule
			time.Sleep(time.Millisecond)
		}
	}
}

// add adds a source's frame at its gain, which glides.
func (m *Mixer) add(s *source) {
	wanted := math.Float32frombits(s.gain.Load())
	if wanted == 1 && s.applied == 1 {
		for i, v := range s.frame.Samples {
			m.sum[i] += float32(v)
		}
		return
	}
	rise := (wanted - s.applied) / media.FrameSamples
	for i, v := range s.frame.Samples {
		s.applied += rise
		m.sum[i] += float32(v) * s.applied
	}
	s.applied = wanted
}

// fadeRemoved lets the last sample of each removed source die away within 5 ms instead of at once,
// which would click.
func (m *Mixer) fadeRemoved(before, now []*source) {
	last := float32(0)
	for _, s := range before {
		if !slices.Contains(now, s) {
			last += float32(s.frame.Samples[media.FrameSamples-1]) * s.applied
		}
	}
	if last == 0 {
		return
	}
	for i := range fadeLength {
		m.sum[i] += last * float32(fadeLength-i) / fadeLength
	}
}
