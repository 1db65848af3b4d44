package bandwidth

import (
	"log/slog"
	"math"
	"time"
)

// Defaults of Options, in bits per second.
const (
	defaultStart = 300_000
	defaultMin   = 80_000
	// unlimited is more than a call ever sends.
	unlimited = 100_000_000
)

// Result is what became of one packet.
type Result struct {
	Departed time.Time // by our clock
	Arrived  time.Time // by the receiver's clock, which need not agree with ours; zero if it did not
	Size     int       // bytes on the wire, IP and UDP included
	Lost     bool      // it did not arrive, as far as the receiver knows
	Unknown  bool      // nobody knows: the report about it was lost
}

// Options of an [Estimator]; the zero value is what a call uses.
type Options struct {
	Start  int          // bits per second before anything is known; 0: 300,000
	Max    int          // bits per second that are never exceeded; 0: no limit of ours
	Min    int          // bits per second that are always allowed; 0: 80,000
	Logger *slog.Logger // nil: discard
}

func (o *Options) fill() {
	if o.Max <= 0 || o.Max > unlimited {
		o.Max = unlimited
	}
	if o.Min <= 0 {
		o.Min = defaultMin
	}
	o.Min = min(o.Min, o.Max)
	if o.Start <= 0 {
		o.Start = defaultStart
	}
	o.Start = min(max(o.Start, o.Min), o.Max)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Decision is what the sender has to do from now on. Restart and Probe are said once.
type Decision struct {
	Budget int // bits per second on the wire, of everything to this peer
	Pace   int // bits per second at which what waits may leave

	Muted    bool // nothing comes through: pictures are held back, sound goes on
	Draining bool // only base layers pass

	// Restart, if not 0, is what the path carries now, in bits per second. Whatever waits is to be
	// thrown away; after RestartAfter the sender begins anew with a key frame that fits.
	Restart      int
	RestartAfter time.Duration

	Probe *Probe // a train of packets to send at once; nil: none
}

// Probe asks for a train of packets that leave faster than the budget: what waits first, then padding.
// Its owner reports the train's span to [Estimator.ProbeSent].
type Probe struct {
	Rate    int // bits per second
	Packets int // of about 1,200 bytes
}

// Estimator knows what the path to one peer carries. One caller at a time.
type Estimator struct {
	options Options
	log     *slog.Logger
	start   time.Time // zero of all durations below
	began   bool

	seen   window
	trips  minimum // least round trips
	clocks clocks

	budget  float64
	ceiling float64 // the path's limit when last it was met; 0: never
	noise   time.Duration

	heard    time.Duration // last feedback
	hasHeard bool
	told     time.Duration // departure of the newest packet that was reported
	untold   time.Duration // and of the newest that it is not known what became of
	eased    time.Duration // last time the budget fell for a queue
	settled  time.Duration // what left before belongs to an older state of the path
	draining drain
	stands   standing
	flat     plateau
	losing   losses
	silence  outage
	probing  probing
	coarse   coarse
	local    nearby
	unused   fading
}

// New makes an Estimator.
func New(o Options) *Estimator {
	o.fill()
	e := &Estimator{options: o, log: o.Logger, budget: float64(o.Start)}
	e.seen.init()
	e.told, e.untold, e.eased, e.settled = never, never, never, never
	e.losing.cut = never
	e.probing.raised = never
	return e
}

// never is an instant before all others.
const never = time.Duration(math.MinInt64 / 2)

// at is an instant of our clock as a duration since the first one.
func (e *Estimator) at(now time.Time) time.Duration {
	if !e.began {
		e.began, e.start = true, now
		e.probing.next = firstProbe
	}
	return now.Sub(e.start)
}

// RoundTripTime is the least round trip of the last 10 s, from a packet's departure until its report is
// here; 0: not known yet.
func (e *Estimator) RoundTripTime() time.Duration {
	if d, ok := e.trips.value(); ok {
		return max(0, d)
	}
	return 0
}

// guessedRoundTrip is used until the first one is measured.
const guessedRoundTrip = 100 * time.Millisecond

func (e *Estimator) roundTrip() time.Duration {
	if d, ok := e.trips.value(); ok {
		return max(0, d)
	}
	return guessedRoundTrip
}

// Feedback takes what the other side reported about packets that left, in order of departure; one that
// left before another that was reported already is passed over. It keeps nothing of results.
func (e *Estimator) Feedback(now time.Time, results []Result) Decision {
	t := e.at(now)
	e.take(t, results)
	elapsed := min(max(0, t-e.heard), longestStep)
	silent := e.silence.silent()
	e.heard, e.hasHeard = t, true
	e.silence.answered()
	if e.silence.muted {
		return e.resume(t, silent)
	}
	queue := e.standing()
	e.learnNoise(queue)
	e.judgeProbe(t)
	e.startHigh(t, queue)
	if d, collapsed := e.judgeCollapse(t); collapsed {
		return d
	}
	switch {
	case e.drain(t, queue):
	case queue > overuseQueue+e.noise:
		e.easeOff(t, queue)
	case queue > e.tooMuch():
		e.easeGently(t, queue)
	case e.seen.lossOfQueue(e.noise):
		e.easeOffForLoss(t)
	case e.seen.randomLoss() > toleratedLoss:
		e.yieldToLoss(t)
	case queue < e.calm():
		e.grow(elapsed)
	}
	return e.decision()
}

// take notes what became of the packets.
func (e *Estimator) take(t time.Duration, results []Result) {
	for i := range results {
		r := &results[i]
		departed := r.Departed.Sub(e.start)
		if departed > t || departed < max(e.told, t-forgotten) {
			continue // not of this call, or told before
		}
		e.told = departed
		switch {
		case r.Unknown:
			e.untold = departed
		case r.Lost:
			e.seen.addLost(departed)
		default:
			e.trips.add(t, t-departed)
			e.arrive(t, departed, r)
		}
	}
	e.seen.forget(t)
	e.checkClock(t)
}

// forgotten is how old a packet may be that is still reported.
const forgotten = time.Minute

// Tick tells that time has passed; every 10 ms is right. used: what is to be sent takes up the whole
// budget, more would be used; else the budget is not put to the test, and is not trusted for long.
func (e *Estimator) Tick(now time.Time, used bool) Decision {
	t := e.at(now)
	e.fade(t, used)
	e.listen(t, used)
	e.silence.tick(t)
	e.judgeSilence(t)
	d := e.decision()
	d.Probe = e.wantProbe(t, used)
	return d
}

// Sent tells that a packet left. Silence counts as an outage only after one; without any call of Sent
// something is taken to leave all the time.
func (e *Estimator) Sent(now time.Time) {
	e.coarse.sent = e.at(now)
	e.silence.sent()
}

// decision is what holds now, in the limits.
func (e *Estimator) decision() Decision {
	e.limit()
	return Decision{
		Budget:   int(e.budget),
		Pace:     int(e.pace()),
		Muted:    e.silence.muted,
		Draining: e.draining.on,
	}
}

func (e *Estimator) limit() {
	e.budget = min(max(e.budget, float64(e.options.Min)), float64(e.options.Max))
}

// restart is a decision that throws away what waits.
func (e *Estimator) restart(capacity float64, after time.Duration) Decision {
	d := e.decision()
	d.Restart = max(1, int(capacity))
	d.RestartAfter = after
	return d
}

// How fast what waits may leave, as a part of the budget. Pictures come in lumps, so that the pace must
// be above the mean; near the path's limit this costs queue (at 1 Mbit/s the 90 % queue is 65 ms with
// 1.2 and over 100 ms with 1.5).
const (
	freePace  = 1.5
	nearPace  = 1.05
	queuePace = 0.9
	nearBelow = 1.15 // of the ceiling
	leastPace = 64_000
)

func (e *Estimator) pace() float64 {
	switch {
	case e.draining.on:
		return max(leastPace, queuePace*e.draining.capacity)
	case e.ceiling == 0 || e.budget >= nearBelow*e.ceiling:
		return freePace * e.budget
	case e.standing() > e.tooMuch():
		return queuePace * e.budget
	}
	return nearPace * e.budget
}
