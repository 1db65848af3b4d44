package bandwidth_test

import (
	"math"
	"time"

	"confab/conference/transport/bandwidth"
)

const (
	soundSize  = 130 // bytes on the wire, each 20 ms
	soundRate  = soundSize * 8 * 50
	headers    = 44   // bytes of IP, UDP and SRTP
	pieceSize  = 1130 // bytes of a picture in a packet
	pieceMore  = 75   // bytes of headers around it
	pictures   = time.Second / 30
	mostWaits  = 150 * time.Millisecond // of pictures in the pacer
	repairable = 400 * time.Millisecond
)

// packet is one on the wire.
type packet struct {
	number   int
	departed time.Duration
	size     int
	piece    *picture // nil: sound or padding
	repair   bool
}

// picture is one encoded frame.
type picture struct {
	layer  int // temporal
	era    int // restarts before it
	made   time.Duration
	pieces int
	size   int
}

// flow is one sender of pictures and sound, and its receiver.
type flow struct {
	*world
	out, back *link
	estimator *bandwidth.Estimator
	d         bandwidth.Decision

	// The source's limits, in bits per second of pictures.
	most, least float64
	quiet       bool // no sound is sent
	off         bool // no picture is made
	deaf        bool // Sent is not called

	// Sender.
	pictureCount int
	debt, mood   float64
	waiting      []packet
	waitingBytes int
	repairs      []packet
	nextOut      time.Duration
	armed        bool
	hold         time.Duration
	needKey      bool
	keySize      float64
	era          int
	repairRate   float64
	repairBytes  int
	history      []packet
	told         int
	reportsTold  int
	probe        *bandwidth.Probe
	probeLeft    int
	probeFrom    time.Duration
	probeNext    time.Duration

	// Receiver.
	clock    func(time.Duration) time.Duration // its time
	arrived  []arrived
	reported int // packets
	reports  int
	least1   time.Duration
	delay    time.Duration
	early    time.Duration
	noEarly  bool
	twice    bool // each report comes twice, the second one late
	mute     bool // no report is sent
	plain    bool // the receiver reports each second, and no times of arrival
	claims   bool // it tells how much it can receive, too
	claimed  float64
	expected int           // numbers reported so far
	trip     time.Duration // of the last packet, to the receiver and back
	asleep   bool          // the sender does nothing
	missed   []func()

	sent, received meter // of RTP, in bytes
	budgets        []int // each 10 ms
	restarts       []time.Duration
	firstPictures  []time.Duration // arrivals of whole pictures
	pending        map[*picture]int
}

type arrived struct {
	number int
	at     time.Duration // by the receiver's clock
}

func newFlow(w *world, out, back *link, o bandwidth.Options) *flow {
	f := &flow{
		world: w, out: out, back: back, estimator: bandwidth.New(o),
		most: 2_500_000, least: 40_000,
		needKey: true, pending: map[*picture]int{},
		clock:  func(t time.Duration) time.Duration { return t },
		least1: math.MaxInt64,
	}
	f.d = f.estimator.Tick(w.time(), false)
	return f
}

// start runs the flow from an instant on.
func (f *flow) start(at time.Duration) {
	phase := time.Duration(f.dice.Int64N(int64(10 * time.Millisecond)))
	f.every(at+phase, 20*time.Millisecond, func() {
		if !f.quiet && !f.asleep {
			f.transmit(packet{size: soundSize})
		}
	})
	f.every(at+3*phase, pictures, f.capture)
	f.every(at+phase/2, 10*time.Millisecond, f.tick)
	f.every(at+5*phase, 50*time.Millisecond, func() {
		if !f.plain {
			f.report()
		}
	})
	f.every(at+5*phase, time.Second, func() {
		if f.plain {
			f.summarise()
		}
	})
}

// sleep has the sender do nothing, until it is called again: then what came in is there at once.
func (f *flow) sleep(on bool) {
	f.asleep = on
	missed := f.missed
	f.missed = nil
	for _, do := range missed {
		do()
	}
}

func (f *flow) tick() {
	if f.asleep {
		return
	}
	f.repairRate += 0.02 * (float64(f.repairBytes)*800 - f.repairRate)
	f.repairBytes = 0
	f.obey(f.estimator.Tick(f.time(), !f.off && f.wanted() < f.most))
	f.budgets = append(f.budgets, f.d.Budget)
	f.pump()
}

// wanted is the encoder's rate, in bits per second.
func (f *flow) wanted() float64 {
	v := (float64(f.d.Budget)-soundRate-min(f.repairRate, 0.4*float64(f.d.Budget)))*0.96 - 10_000
	return max(f.least, v-max(0, float64(f.waitingBytes)*8-0.03*float64(f.d.Pace))/0.6)
}

func (f *flow) obey(d bandwidth.Decision) {
	muted := f.d.Muted
	f.d = d
	if d.Muted && !muted {
		f.purge()
	}
	if d.Restart > 0 {
		f.purge()
		f.restarts = append(f.restarts, f.now)
		f.hold, f.needKey = f.now+d.RestartAfter, true
		f.keySize = max(1600, float64(d.Restart)/8*0.04)
		f.at(f.hold+1, func() {
			if f.needKey {
				f.capture()
			}
		})
	}
	if d.Probe != nil {
		f.probe, f.probeLeft, f.probeFrom, f.probeNext = d.Probe, d.Probe.Packets, f.now, f.now
		f.pump()
	}
}

func (f *flow) purge() {
	f.waiting, f.waitingBytes, f.repairs, f.probe = nil, 0, nil, nil
	f.era++
}

func (f *flow) queueTime() time.Duration {
	return time.Duration(float64(f.waitingBytes) * 8 / float64(f.d.Pace) * float64(time.Second))
}

// capture makes a picture as libvpx does with three temporal layers at a constant rate.
func (f *flow) capture() {
	if f.asleep {
		return
	}
	if f.off || f.d.Muted || f.now < f.hold || f.queueTime() > mostWaits {
		f.needKey = f.needKey || f.d.Muted || f.now < f.hold
		return
	}
	layer := [4]int{0, 2, 1, 2}[f.pictureCount%4]
	share := [4]float64{1.6, 0.82, 0.76, 0.82}[f.pictureCount%4]
	rate := min(f.most, f.wanted())
	even := rate / 8 * pictures.Seconds()
	f.mood = 0.97*f.mood + f.dice.NormFloat64()*0.037
	correction := min(1.15, max(0.4, 1-f.debt/(rate/8*0.5)))
	size := even * share * correction * math.Exp(f.mood) * f.spread(0.18)
	if f.needKey {
		layer, f.pictureCount = 0, 0
		size = 6 * even * f.spread(0.25)
		if f.keySize > 0 {
			size = max(1600, min(size, f.keySize))
		}
		f.needKey, f.keySize = false, 0
	}
	f.pictureCount++
	f.debt = max(-rate/8*0.2, min(rate/8, f.debt+size-even))
	if f.d.Draining && layer > 0 {
		return
	}
	p := &picture{layer: layer, era: f.era, made: f.now, size: max(150, int(size))}
	p.pieces = (p.size + pieceSize) / (pieceSize + 1)
	for range p.pieces {
		one := packet{size: p.size/p.pieces + pieceMore, piece: p}
		f.waiting = append(f.waiting, one)
		f.waitingBytes += one.size
	}
	f.pending[p] = p.pieces
	f.pump()
}

// pump sends what the pace allows: repairs, then pictures; padding for probes only.
func (f *flow) pump() {
	for {
		if f.probe != nil {
			if f.probeNext > f.now {
				f.wake(f.probeNext)
				return
			}
			f.pumpProbe()
			continue
		}
		if f.nextOut > f.now {
			f.wake(f.nextOut)
			return
		}
		p, ok := f.pick()
		if !ok {
			return
		}
		f.transmit(p)
	}
}

func (f *flow) wake(at time.Duration) {
	if f.armed {
		return
	}
	f.armed = true
	f.at(at, func() { f.armed = false; f.pump() })
}

func (f *flow) pumpProbe() {
	p, ok := f.pick()
	if !ok {
		p = packet{size: 1200}
	}
	f.transmit(p)
	f.probeNext = max(f.probeNext, f.now-time.Millisecond) + span(p.size, float64(f.probe.Rate))
	if f.probeLeft--; f.probeLeft <= 0 {
		f.probe = nil
		f.estimator.ProbeSent(f.time(), epoch.Add(f.probeFrom), f.time())
	}
}

func (f *flow) pick() (packet, bool) {
	for len(f.repairs) > 0 {
		p := f.repairs[0]
		f.repairs = f.repairs[1:]
		if p.piece.era == f.era && f.now-p.piece.made < repairable && !(f.d.Draining && p.piece.layer > 0) {
			return packet{size: p.size, piece: p.piece, repair: true}, true
		}
	}
	if len(f.waiting) == 0 {
		return packet{}, false
	}
	p := f.waiting[0]
	f.waiting = f.waiting[1:]
	f.waitingBytes -= p.size
	return p, true
}

func span(bytes int, rate float64) time.Duration {
	return time.Duration(float64(bytes) * 8 / rate * float64(time.Second))
}

func (f *flow) transmit(p packet) {
	p.number, p.departed = len(f.history), f.now
	f.history = append(f.history, p)
	f.nextOut = max(f.nextOut, f.now-5*time.Millisecond) + span(p.size, float64(f.d.Pace))
	f.sent.add(f.now, p.size-headers)
	if p.repair {
		f.repairBytes += p.size
	}
	if !f.deaf {
		f.estimator.Sent(f.time())
	}
	f.out.send(p.size, func() { f.receive(p) })
}
