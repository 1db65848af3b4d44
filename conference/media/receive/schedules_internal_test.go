package receive

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// TestWhatIsGivenCanBeDecodedOnAnyPath sends 200 frames over 200 paths that lose, delay and repair at
// random. Each frame given must refer to frames given before it, in order; and once the loss has ended,
// everything must arrive.
func TestWhatIsGivenCanBeDecodedOnAnyPath(t *testing.T) {
	for seed := range uint64(200) {
		p := newPath(t, seed)
		p.run()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// path is one schedule.
type path struct {
	*rig
	random *rand.Rand
	stream *stream
	loss   float64
	jitter time.Duration
	asked  time.Time // for a key frame
	plis   int       // served

	sent    map[uint16]*rtp.Packet
	flying  []flight
	refers  [200][]byte // what each frame refers to
	decoded [200]bool
}

type flight struct {
	at     time.Time
	packet *rtp.Packet
}

func newPath(t *testing.T, seed uint64) *path {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &stream{sequence: uint16(random.Uint32()), pictureID: uint16(random.Uint32N(1 << 15)), tl0: uint8(random.Uint32())}
	s.plain, s.unmark = random.IntN(5) == 0, random.IntN(5) == 0
	s.pidOnly = !s.plain && random.IntN(5) == 0
	return &path{
		rig: newRig(t), random: random, stream: s, loss: random.Float64() * 0.3,
		jitter: time.Duration(random.IntN(60)) * time.Millisecond, sent: make(map[uint16]*rtp.Packet),
	}
}

func (p *path) run() {
	middle, base := byte(0), byte(0)
	for i := range byte(200) {
		key := i == 0 || p.plis < p.rig.plis && p.now.Sub(p.asked) > rtt
		packets := p.stream.frame(key)
		switch n := p.stream.n - 1; {
		case key:
			middle, base = i, i
		case n%4 == 0:
			p.refers[i], base = []byte{base}, i
		case n%4 == 2:
			p.refers[i], middle = []byte{base}, i
		case n%4 == 1:
			p.refers[i] = []byte{base}
		default:
			p.refers[i] = []byte{base, middle}
		}
		if key {
			p.plis = p.rig.plis
		}
		if i == 150 {
			p.loss = 0
		}
		for _, packet := range packets {
			p.sent[packet.SequenceNumber] = packet
			p.send(packet)
		}
		p.advance(33 * time.Millisecond)
	}
	p.advance(5 * time.Second)
	for i := 190; i < 199; i++ { // without markers the last frame has no end
		if !p.decoded[i] {
			p.t.Errorf("frame %d never came, long after the loss", i)
		}
	}
}

func (p *path) send(packet *rtp.Packet) {
	if p.random.Float64() >= p.loss {
		delay := rtt/2 + time.Duration(p.random.Int64N(int64(p.jitter)+1))
		p.flying = append(p.flying, flight{p.now.Add(delay), packet})
	}
}

// advance lets time pass: packets arrive, repairs are asked for and sent.
func (p *path) advance(d time.Duration) {
	for end := p.now.Add(d); p.now.Before(end); {
		p.wait(time.Millisecond)
		p.flying = slices.DeleteFunc(p.flying, func(f flight) bool {
			if f.at.After(p.now) {
				return false
			}
			copied := *f.packet
			p.push(&copied)
			return true
		})
		if p.rig.plis > p.plis && p.asked.Before(p.now.Add(-time.Second)) {
			p.asked = p.now
		}
		for _, n := range p.repairs {
			if packet := p.sent[n]; packet != nil {
				p.send(packet)
			}
		}
		p.repairs = p.repairs[:0]
		p.check()
	}
}

func (p *path) check() {
	for _, i := range p.got {
		for _, j := range p.refers[i] {
			if !p.decoded[j] {
				p.t.Errorf("frame %d refers to %d, which was not given", i, j)
			}
		}
		if p.decoded[i] || slices.Contains(p.decoded[i:], true) {
			p.t.Errorf("frame %d after a later one", i)
		}
		p.decoded[i] = true
	}
	p.got = p.got[:0]
}
