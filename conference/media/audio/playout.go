package audio

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
)

const (
	// block is how many samples a Pull gives.
	block = media.FrameSamples
	// millisecond in samples.
	millisecond = media.SampleRate / 1000
	// usualFrame is how many samples a packet is taken to have before one has come.
	usualFrame = 20 * millisecond
)

// PlayoutOptions say how a playout works; the zero value is what a call uses.
type PlayoutOptions struct {
	MaxDelay time.Duration // the longest delay aimed at; 0: 300 ms
	// RoundTrip is that to the sender and back; 0: not known, and nothing is asked for. It is called by
	// Pull and must not wait. nil: 0.
	RoundTrip func() time.Duration
}

// Playout turns the RTP packets of one peer's sound (Opus, 48 kHz clock, RFC 7587) into an even stream
// of 10 ms frames. One goroutine pushes, one pulls, and neither waits for the other.
//
// It plays each frame as late as the network's jitter demands: the target delay is where waiting
// longer would cost more than it saves. It comes to the target by stretching time, one period of the
// voice at once, and so follows the drift between the two clocks, too. A missing frame is taken from
// the copy in the next packet, or asked for again ([Playout.Requests]) where no copy can help, else
// concealed for up to 100 ms. A sender who sends nothing, or says by
// tiny packets that he is silent, pauses: his next words begin with the target delay anew. Two packets
// in a row of another SSRC, or from more than 1.5 s away, begin a new stream.
type Playout struct {
	epoch     time.Time // near the instants that Push and Pull are given
	maxTarget float64   // samples
	roundTrip func() time.Duration

	ring     ring
	requests requests
	figures  figures
	meter    Meter
	heard    heardClock
	extra    atomic.Int64 // samples of delay beyond what the network demands

	pulling sync.Mutex // held by Pull, which skips its work rather than wait, and by Close
	closed  bool

	// Owned by Pull from here on.
	voice     *voice
	buffer    buffer
	line      line
	way       way
	histogram histogram // of the delays at which frames became decodable
	firsts    histogram // of those at which packets came by themselves
	seen      seen
	clock     clock // of the newest packet
	position  position
	need      need
	stretcher stretcher
	target    float64 // samples
	frame     int64   // length of the last packet, samples

	started    bool // a packet has come
	playing    bool // and it was time to play it
	ssrc       uint32
	strays     int   // packets in a row that do not belong to the stream
	first      int64 // arrival of the first packet
	next       int64 // timestamp of the first sample that was not decoded yet
	nextNumber int64 // sequence number of its packet

	copies bool    // packets of this stream carry copies
	bursts float64 // holes of several packets, lately

	joining bool // the line ends with made-up sound: what comes must be joined to it
	hushed  bool // and that made-up sound has faded away
	gap     int  // samples concealed and not yet known to replace lost ones
	run     int  // samples concealed in a row

	pause       pause
	silent      int   // samples since the pause began
	pausedAt    int64 // next when it began
	scratch     [maxPacketSamples]int16
	concealment [usualFrame]int16
}

// NewPlayout makes a playout and its decoders. The caller closes it.
func NewPlayout(o PlayoutOptions) (*Playout, error) {
	v, err := newVoice()
	if err != nil {
		return nil, fmt.Errorf("make a playout: %w", err)
	}
	if o.MaxDelay <= 0 {
		o.MaxDelay = 300 * time.Millisecond
	}
	if o.RoundTrip == nil {
		o.RoundTrip = func() time.Duration { return 0 }
	}
	p := &Playout{
		epoch: time.Now(), voice: v, roundTrip: o.RoundTrip,
		maxTarget: float64(o.MaxDelay.Milliseconds() * millisecond),
	}
	p.requests.wake = make(chan struct{}, 1)
	p.line.reset()
	p.restart()
	return p, nil
}

// Push takes a packet that arrived at the given instant; it copies it, neither waits nor allocates, and
// may be called by one goroutine while another pulls. A packet of more than 1500 bytes, and one that
// comes when 128 wait for the next Pull, is discarded. After Close it does nothing of consequence.
func (p *Playout) Push(now time.Time, packet *rtp.Packet) {
	p.figures.received.Add(1)
	p.figures.bytes.Add(uint64(len(packet.Payload)))
	if !p.ring.push(p.samples(now), packet) {
		p.figures.discarded.Add(1)
	}
}

// Pull gives the next 10 ms of sound, silence if there is none, in Captured the instant of the Pull. It
// never waits and never allocates. One goroutine pulls.
func (p *Playout) Pull(now time.Time, out *media.AudioFrame) {
	out.Captured = now
	if !p.pulling.TryLock() { // being closed
		clear(out.Samples[:])
		return
	}
	defer p.pulling.Unlock()
	if p.closed {
		clear(out.Samples[:])
		return
	}
	at := p.samples(now)
	p.admitAll()
	p.line.tidy()
	if p.playing || p.begin(at) {
		p.run10ms(at, out.Samples[:])
	} else {
		p.fadeAway(out.Samples[:])
	}
	if p.started {
		p.figures.total.Add(block)
	}
	p.meter.Add(out.Samples[:])
}

// Level is the loudness of what was played within the last 100 ms: the greatest RMS of 10 ms, 0 to 1.
// Safe from any goroutine.
func (p *Playout) Level() float64 { return p.meter.Level() }

// Close frees the decoders; a Pull afterwards gives silence. It may be called any number of times, from
// any goroutine, and waits for a Pull under way.
func (p *Playout) Close() error {
	p.pulling.Lock()
	defer p.pulling.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	if err := p.voice.close(); err != nil {
		return fmt.Errorf("close playout: %w", err)
	}
	return nil
}

// samples is an instant in samples since the epoch.
func (p *Playout) samples(now time.Time) int64 {
	return now.Sub(p.epoch).Microseconds() * media.SampleRate / 1e6
}

// begin starts to play once the first packet has waited for startDelay.
func (p *Playout) begin(at int64) bool {
	w := p.buffer.earliest()
	if w == nil || at-p.first < startDelay-block/2 {
		return false
	}
	p.playing, p.next, p.nextNumber = true, w.timestamp, w.sequence
	p.startJoint()
	return true
}

// run10ms fills out while the stream runs.
func (p *Playout) run10ms(at int64, out []int16) {
	p.locate(at)
	p.stretcher.since++
	p.jump(at)
	for p.line.ready() < block {
		p.produce(at)
	}
	made := p.line.take(out)
	p.figures.concealed.Add(uint64(made))
	p.askForMissing(at)
	p.tellHeard()
}

// fadeAway fills out while there is no stream: with silence, after the end of what the last one left.
func (p *Playout) fadeAway(out []int16) {
	n := copy(out[:fadeLength], p.line.samples[p.line.read:p.line.write])
	clear(out[n:])
	fadeOut(out[:n])
	p.line.reset()
}

// ahead is by how many samples frames are older than they should be when they are needed.
func (p *Playout) ahead() float64 {
	if f, ok := p.need.known(); ok {
		return f.age - (p.target - block)
	}
	return p.position.delay - p.target
}

// excess is how many samples could be taken out and no frame be needed before it is there.
func (p *Playout) excess() float64 {
	f, ok := p.need.known()
	if !ok {
		return p.ahead()
	}
	return max(f.over, f.over+p.ahead()-p.need.stride)
}

// locate sees how old the sound is that is played now, and the next frame, if it is needed for that.
func (p *Playout) locate(at int64) {
	ready := p.line.ready()
	age := at - p.next - p.way.base
	p.position.see(float64(age + int64(ready)))
	if p.need.pull(at, ready); ready < block && p.pause == none {
		p.need.see(float64(age))
	}
}

// move follows samples put in, taken out or concealed.
func (p *Playout) move(samples int) {
	p.position.shift(samples)
	p.need.move(samples)
}

// relocate begins to locate anew: the sound that is played goes on elsewhere.
func (p *Playout) relocate(at int64) {
	p.position.known = false
	p.need.forget()
	p.locate(at)
}
