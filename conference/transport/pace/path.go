package pace

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/transport/bandwidth"
)

// errStuck is Close's error when the wire does not take the packet under way.
var errStuck = errors.New("pace: wire takes no packets")

const (
	// tick is how often the estimator looks at the clock while something waits to be sent, and restTick
	// while nothing does: it looks whenever something leaves as well, and each awakening costs.
	tick     = 10 * time.Millisecond
	restTick = 50 * time.Millisecond
	// idleAfter is how long nothing has left before the estimator is let alone.
	idleAfter = 2 * time.Second
	// clearWait is how long Clear waits for the packet under way.
	clearWait = 100 * time.Millisecond
	// closeWait is how long Close waits for the packet under way.
	closeWait = time.Second
	// maxFeedback is how many reports wait at most for the path's goroutine; more come only while the
	// wire is stuck, and what they say is old by then: the oldest are dropped.
	maxFeedback = 64
)

// Wire is one slot of one connection. Its methods are called by one goroutine at a time and should not
// wait; one that does holds up its own path alone. h and payload are borrowed for the call. They return
// the bytes sent, 0 while the slot cannot send.
type Wire interface {
	WriteRTP(h *rtp.Header, payload []byte) (int, error)
	// WriteSound sends a packet of sound and tells its level (RFC 6464) if the peer takes that.
	WriteSound(h *rtp.Header, payload []byte, level media.SoundLevel) (int, error)
	// Captured tells what the stream's clock shows, for its sender reports (RFC 3550 section 6.4.1): what
	// is sent with the RTP timestamp next was captured at that instant.
	Captured(timestamp uint32, at time.Time)
	// WriteRepair sends the packet with h's sequence number again (RFC 4588 if the peer takes that).
	WriteRepair(h *rtp.Header, payload []byte) (int, error)
	// WritePadding sends up to size bytes that nobody decodes; it may send the last packet once more.
	WritePadding(size int) (int, error)
}

// Estimator finds out what a path carries; [bandwidth.Estimator] is one.
type Estimator interface {
	Feedback(now time.Time, results []bandwidth.Result) bandwidth.Decision
	Tick(now time.Time, used bool) bandwidth.Decision
	Sent(now time.Time)
	ProbeSent(now, from, to time.Time)
	Report(now time.Time, r bandwidth.Report) bandwidth.Decision
	Limit(now time.Time, bitsPerSecond int) bandwidth.Decision
	RoundTripTime() time.Duration
}

// PathOptions say what a path leads to.
type PathOptions struct {
	Wires map[media.Slot]Wire // the slots that can be sent
	// Start and Max are bits per second on the wire; 0: the estimator's own.
	Start, Max int
	// RequestKeyFrame is told that a slot begins anew after its path became slow or was away: a key
	// frame is wanted at once. It is called on the path's goroutine and must not block. nil: nobody is.
	RequestKeyFrame func(media.Slot)
	Estimator       Estimator // nil: a bandwidth.Estimator
	Logger          *slog.Logger
}

func (o *PathOptions) fill() {
	if o.RequestKeyFrame == nil {
		o.RequestKeyFrame = func(media.Slot) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Estimator == nil {
		o.Estimator = bandwidth.New(bandwidth.Options{Start: o.Start, Max: o.Max, Logger: o.Logger})
	}
}

// Path is the way to one peer: all that we send over one connection leaves through it, at its pace. All
// methods are safe from any goroutine, and none but Close and Line.Clear waits.
type Path struct {
	o     PathOptions
	lines map[media.Slot]*Line
	ready chan struct{} // capacity 1: look again
	stop  chan struct{} // closed when Close begins
	done  chan struct{} // closed when run has ended
	turn  chan struct{} // capacity 1: full while a packet is being written
	once  sync.Once

	roundTrip   atomic.Int64 // nanoseconds
	writeErrors atomic.Uint64

	mu       sync.Mutex
	core     core
	feedback [][]bandwidth.Result
	summary  bandwidth.Report // the newest that waits, of a peer that gives no feedback
	summed   bool             // there is one
	limit    int              // the newest of such a peer, bits per second; 0: none waits
	closed   bool
}

// NewPath starts a path. Close ends it.
func NewPath(o PathOptions) *Path {
	o.fill()
	p := &Path{
		o: o, lines: make(map[media.Slot]*Line), ready: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{}), turn: make(chan struct{}, 1),
	}
	for _, s := range media.Slots() {
		if o.Wires[s] == nil {
			continue
		}
		l := &Line{path: p, slot: s}
		if s.Video() {
			l.pictures = newLine(s)
			p.core.pictures = append(p.core.pictures, l.pictures)
		} else {
			l.sound = newSound(s)
			p.core.sounds = append(p.core.sounds, l.sound)
		}
		p.lines[s] = l
	}
	now := time.Now()
	p.core.decide(now, o.Estimator.Tick(now, false))
	go (&runner{Path: p, estimator: o.Estimator}).run() // ends with stop and closes done
	return p
}

// Line is the path's way for one slot, nil if the path has no wire for it.
func (p *Path) Line(s media.Slot) *Line { return p.lines[s] }

// Feedback tells what the peer says about packets that have left, in the order of departure. It takes
// the slice over.
func (p *Path) Feedback(results []bandwidth.Result) {
	p.mu.Lock()
	if len(p.feedback) >= maxFeedback {
		p.feedback = slices.Delete(p.feedback, 0, 1)
	}
	p.feedback = append(p.feedback, results)
	p.mu.Unlock()
	p.wake()
}

// Report tells what a peer says in its receiver reports. It means something as long as there is no
// Feedback.
func (p *Path) Report(r bandwidth.Report) {
	p.mu.Lock()
	p.summary, p.summed = r, true
	p.mu.Unlock()
	p.wake()
}

// Limit tells how much a peer believes that it can receive, in bits per second. It means something as
// long as there is no Feedback.
func (p *Path) Limit(bitsPerSecond int) {
	p.mu.Lock()
	p.limit = bitsPerSecond
	p.mu.Unlock()
	p.wake()
}

// Repair sends packets of a slot again that the peer misses (RFC 4585 section 6.2.1), as far as they are
// kept and still of use.
func (p *Path) Repair(s media.Slot, sequenceNumbers []uint16) {
	p.mu.Lock()
	if l := p.core.line(s); l != nil {
		p.core.repair(time.Now(), l, sequenceNumbers)
	} else if x := p.core.sound(s); x != nil {
		x.repair(time.Now(), sequenceNumbers)
	}
	p.mu.Unlock()
	p.wake()
}

// SetLimit bounds what is sent in all, in bits per second; 0: no limit.
func (p *Path) SetLimit(bitsPerSecond int) {
	p.mu.Lock()
	if changed := p.core.limit != max(0, bitsPerSecond); changed {
		p.core.limit = max(0, bitsPerSecond)
		p.core.split(time.Now())
	}
	p.mu.Unlock()
}

// Demand is what all sources of pictures together could use, in bits per second.
func (p *Path) Demand() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, l := range p.core.pictures {
		n += l.demand
	}
	return n
}

// Stats are the figures of now.
func (p *Path) Stats() Stats {
	p.mu.Lock()
	s := p.core.stats(time.Now())
	p.mu.Unlock()
	s.RoundTripTime = time.Duration(p.roundTrip.Load())
	s.WriteErrors = p.writeErrors.Load()
	return s
}

// Close ends the path; what waits is thrown away. It works any number of times. If the packet under way
// is not taken within a second it returns an error, and the path ends when it is.
func (p *Path) Close() error {
	p.once.Do(func() {
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		close(p.stop)
	})
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return errStuck
	}
}

// wake makes the goroutine look again. It never blocks.
func (p *Path) wake() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

// settle waits until what was being written has been, or for a moment.
func (p *Path) settle() {
	timer := time.NewTimer(clearWait)
	defer timer.Stop()
	select {
	case p.turn <- struct{}{}:
		<-p.turn
	case <-p.done:
	case <-timer.C:
	}
}

// runner is what a path's goroutine owns.
type runner struct {
	*Path
	estimator Estimator
	ticked    time.Time
	header    rtp.Header
	scratch   [vp8rtp.MaxPayload + maxSound]byte
	reports   [][]bandwidth.Result
	asks      []media.Slot
}

func (r *runner) run() {
	defer close(r.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		r.estimate(time.Now())
		wait := r.send()
		if wait == 0 {
			timer.Stop()
		} else {
			timer.Reset(wait)
		}
		select {
		case <-r.stop:
			return
		case <-r.ready:
		case <-timer.C:
		}
	}
}

// estimate lets the estimator see what has come in, and the clock.
func (r *runner) estimate(now time.Time) {
	r.mu.Lock()
	r.reports, r.feedback = r.feedback, r.reports[:0]
	used := r.core.used(now)
	summary, summed, limit := r.summary, r.summed, r.limit
	r.summed, r.limit = false, 0
	r.mu.Unlock()
	if limit > 0 {
		r.decide(now, r.estimator.Limit(now, limit))
	}
	if summed {
		r.decide(now, r.estimator.Report(now, summary))
		r.roundTrip.Store(int64(r.estimator.RoundTripTime()))
	}
	for i, results := range r.reports {
		r.decide(now, r.estimator.Feedback(now, results))
		r.roundTrip.Store(int64(r.estimator.RoundTripTime()))
		r.reports[i] = nil
	}
	if now.Sub(r.ticked) >= tick {
		r.ticked = now
		r.decide(now, r.estimator.Tick(now, used))
	}
}

func (r *runner) decide(now time.Time, d bandwidth.Decision) {
	if d.Restart > 0 {
		r.o.Logger.Info("path begins anew", "bitrate", d.Restart)
	}
	r.mu.Lock()
	r.core.decide(now, d)
	r.mu.Unlock()
}

// send writes what may leave now and returns how long to wait before it looks again; 0: until woken.
func (r *runner) send() time.Duration {
	for {
		select {
		case <-r.stop:
			return 0
		default:
		}
		now := time.Now()
		r.turn <- struct{}{} // Clear sees that a packet taken before it is on its way
		r.mu.Lock()
		r.core.release(now)
		r.asks = append(r.asks[:0], r.core.asks...)
		r.core.asks = r.core.asks[:0]
		p, ok, wait := r.core.next(now, r.scratch[vp8rtp.MaxPayload:vp8rtp.MaxPayload])
		idle := now.Sub(r.core.lastSent) > idleAfter
		r.mu.Unlock()
		if ok {
			r.write(&p)
		}
		<-r.turn
		for _, s := range r.asks {
			r.o.RequestKeyFrame(s)
		}
		if ok {
			if due := now.Sub(r.ticked) >= tick; due {
				r.estimate(now)
			}
			continue
		}
		if wait > tick {
			wait = tick
		}
		if wait == 0 && !idle {
			wait = restTick
		}
		return wait
	}
}

// write puts a packet on its wire.
func (r *runner) write(p *packet) {
	wire := r.o.Wires[p.slot]
	r.header = rtp.Header{
		Version: 2, Marker: p.marker, SequenceNumber: p.sequence, Timestamp: p.timestamp,
		Extensions: r.header.Extensions[:0],
	}
	if !p.captured.IsZero() && (p.kind == soundKind || p.kind == pictureKind) {
		wire.Captured(p.timestamp, p.captured)
	}
	began := time.Now()
	var n int
	var err error
	switch p.kind {
	case soundKind:
		n, err = wire.WriteSound(&r.header, p.payload, p.level)
	case pictureKind:
		n, err = wire.WriteRTP(&r.header, r.payload(p))
	case repairKind:
		n, err = wire.WriteRepair(&r.header, r.payload(p))
	case soundRepairKind:
		n, err = wire.WriteRepair(&r.header, p.payload)
	case paddingKind:
		n, err = wire.WritePadding(paddingSize)
		p.size = n + belowRTP
	}
	if err != nil { // a path that is down: its state is told elsewhere
		r.writeErrors.Add(1)
	}
	now := time.Now()
	if n > 0 {
		r.estimator.Sent(now)
	}
	r.mu.Lock()
	r.core.sent(began, now, p)
	if p.kind == paddingKind && n == 0 { // this peer takes none
		r.core.probe = probe{}
	}
	done := r.core.probe
	if done.done {
		r.core.probe = probe{}
	}
	r.mu.Unlock()
	if done.done {
		r.estimator.ProbeSent(now, done.from, done.to)
	}
}

// payload writes the payload of a picture's packet into scratch memory.
func (r *runner) payload(p *packet) []byte {
	x := &p.piece
	return x.packets.AppendTo(r.scratch[:0:vp8rtp.MaxPayload], x.index, x.descriptor)
}
