package audio_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// network is what happens to the packets of a call in virtual time.
type network struct {
	clip    *clip // nil: a voice by the seed
	seconds int   // 0: 60
	unheard bool  // the sound is not kept
	loss    float64
	burst   float64 // mean length of a loss in packets; 0: losses are independent
	jitter  time.Duration
	reorder bool    // jitter may change the order
	twice   float64 // share of packets that come twice
	ppm     float64 // how much slower the sender's clock is
	route   func(sent time.Duration) time.Duration
	mute    func(sent time.Duration) bool // nothing is sent; timestamps run on
	outage  func(sent time.Duration) bool // all is lost
	gate    bool                          // quiet frames are announced as a pause
	change  func(sent time.Duration, p *rtp.Packet)
	pulls   int           // Pulls at once, 1 each 10 ms if 0
	trip    time.Duration // of a request and its repair, without jitter; 0: nothing is sent again
	first   uint16
	firstTS uint32
}

// heard is what came of it.
type heard struct {
	audio.PlayoutStats
	sound  []int16
	delays []time.Duration // mean of each second, of the emitted samples
	start  time.Duration   // from the first packet to the first sound
	gap    time.Duration   // longest concealment
}

func (h heard) concealed() float64 {
	return float64(h.ConcealedSamples) / float64(h.TotalSamplesReceived)
}

func (h heard) delay() time.Duration {
	return time.Duration(h.JitterBufferDelay / float64(h.JitterBufferEmittedCount) * float64(time.Second))
}

type event struct {
	at     time.Duration
	packet *rtp.Packet
}

// sent are the packets in the order of sending: what may be sent again.
type sent struct {
	at     time.Duration
	packet *rtp.Packet
}

// events are the packets in the order of their arrival.
func (n *network) events(c *clip, random *rand.Rand) (all []event, left map[uint16]sent) {
	left = make(map[uint16]sent)
	var last time.Duration
	bad := false
	number := n.first
	silent := 0
	for i := range n.seconds * 50 {
		when := time.Duration(float64(i) * 20e6 * (1 + n.ppm*1e-6))
		p := &rtp.Packet{
			Header:  rtp.Header{SSRC: 1, SequenceNumber: number, Timestamp: n.firstTS + uint32(i*frameSamples)},
			Payload: c.packets[i%len(c.packets)],
		}
		if n.gate && audio.Level(c.clean[i%len(c.packets)*frameSamples:][:frameSamples]) < 0.002 {
			silent++
		} else {
			silent = 0
		}
		// After 200 ms two packets of one byte announce the pause, then one each 400 ms goes on.
		if pause := silent - 10; pause > 0 {
			if pause > 2 && pause%20 != 0 {
				continue
			}
			p.Payload = p.Payload[:1]
		}
		if n.mute != nil && n.mute(when) {
			continue
		}
		number++
		if n.change != nil {
			n.change(when, p)
		}
		left[p.SequenceNumber] = sent{when, p}
		if n.burst == 0 {
			bad = random.Float64() < n.loss
		} else if bad {
			bad = random.Float64() >= 1/n.burst
		} else {
			bad = random.Float64() < n.loss/(1-n.loss)/n.burst
		}
		if bad || n.outage != nil && n.outage(when) {
			continue
		}
		at := when + 20*time.Millisecond + time.Duration(random.Float64()*float64(n.jitter))
		if n.route != nil {
			at += n.route(when)
		}
		if !n.reorder {
			at = max(at, last+time.Microsecond)
		}
		last = max(last, at)
		all = append(all, event{at, p})
		if random.Float64() < n.twice {
			all = append(all, event{at + time.Duration(random.Float64()*40e6), p})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return all, left
}

// repair is what comes of a request at now: packets that left within the last half second are sent again,
// unless that is lost, or the request was.
func (n *network) repair(events []event, left map[uint16]sent, number uint16, now time.Duration, random *rand.Rand) []event {
	asked := now + n.trip/2
	s, ok := left[number]
	if !ok || s.at > asked || asked-s.at > 500*time.Millisecond || random.Float64() < n.loss || random.Float64() < n.loss {
		return events
	}
	e := event{asked + n.trip/2 + time.Duration(random.Float64()*float64(n.jitter)), s.packet}
	i, _ := slices.BinarySearchFunc(events, e, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return slices.Insert(events, i, e)
}

// run plays a voice through the network.
func (n network) run(t testing.TB, seed uint64) (h heard) {
	t.Helper()
	if n.seconds == 0 {
		n.seconds = 60
	}
	n.pulls = max(n.pulls, 1)
	random := rand.New(rand.NewPCG(seed, 2))
	if n.clip == nil {
		n.clip = clipOf(t, seed%3)
	}
	events, left := n.events(n.clip, random)
	p := newPlayoutOf(t, audio.PlayoutOptions{RoundTrip: func() time.Duration { return n.trip }})
	origin := time.Unix(1000, 0)
	if !n.unheard {
		h.sound = make([]int16, 0, n.seconds*media.SampleRate+4*media.FrameSamples)
	}
	phase := time.Duration(random.Float64() * 10e6)
	var before, was audio.PlayoutStats // a second ago, and before the last Pull
	var f media.AudioFrame
	var gap time.Duration
	first := events[0].at
	for i := 0; ; i++ {
		now := phase + time.Duration(i/n.pulls*n.pulls)*10*time.Millisecond
		if now > time.Duration(n.seconds)*time.Second {
			break
		}
		for len(events) > 0 && events[0].at <= now {
			p.Push(origin.Add(events[0].at), events[0].packet)
			events = events[1:]
		}
		p.Pull(origin.Add(now), &f)
		if !n.unheard {
			h.sound = append(h.sound, f.Samples[:]...)
		}
		for _, number := range p.Requests(nil) {
			events = n.repair(events, left, number, now, random)
		}
		s := p.Stats()
		if made := s.ConcealedSamples - was.ConcealedSamples; made > 0 {
			gap += time.Duration(made) * time.Second / media.SampleRate
			h.gap = max(h.gap, gap)
		} else {
			gap = 0
		}
		was = s
		if h.start == 0 && s.JitterBufferEmittedCount > 0 {
			h.start = now - first
		}
		if i%100 == 99 {
			delay := time.Duration(math.NaN())
			if emitted := s.JitterBufferEmittedCount - before.JitterBufferEmittedCount; emitted > 0 {
				delay = time.Duration((s.JitterBufferDelay - before.JitterBufferDelay) / float64(emitted) * 1e9)
			}
			h.delays, before = append(h.delays, delay), s
		}
	}
	h.PlayoutStats = p.Stats()
	return h
}

func newPlayout(t testing.TB) *audio.Playout {
	t.Helper()
	return newPlayoutOf(t, audio.PlayoutOptions{})
}

func newPlayoutOf(t testing.TB, o audio.PlayoutOptions) *audio.Playout {
	t.Helper()
	p, err := audio.NewPlayout(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// worstStep is the greatest step from sample to sample within 10 ms, against the greatest step that
// the clean sound has within 0.35 s before that place.
func worstStep(sound, clean []int16) (ratio float64, at time.Duration) {
	steps := make([]float64, len(clean)/480)
	for i := range steps {
		steps[i] = greatestStep(clean, i*480)
	}
	for i := 100; i < len(sound)/480; i++ {
		near := 400.0
		for k := max(0, i-37); k < min(len(steps), i+2); k++ {
			near = max(near, steps[k])
		}
		if r := greatestStep(sound, i*480) / near; r > ratio {
			ratio, at = r, time.Duration(i)*10*time.Millisecond
		}
	}
	return ratio, at
}

func greatestStep(x []int16, from int) (step float64) {
	for i := max(1, from); i < from+480; i++ {
		step = max(step, math.Abs(float64(x[i])-float64(x[i-1])))
	}
	return step
}
