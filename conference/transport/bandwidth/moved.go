package bandwidth

import "time"

const (
	// suspectEases times in a row the budget has fallen for a queue that stays as it is, within movedBy, half
	// the noise and a packet: then it falls faster, to see. Once no more than movedShare of the first rate
	// arrives and the queue still stays, it is none: the way has become longer. (With no more of a test
	// the queue of a radio link that fades would be overlooked: 90 % 145 ms instead of 75.)
	suspectEases = 3
	movedBy      = 10 * time.Millisecond
	movedShare   = 0.6
)

// standing is what is known of a queue that does not go.
type standing struct {
	eases    int           // since it stands
	last     time.Duration // the newest of them
	budget   float64       // before the first
	ceiling  float64       // likewise
	received float64       // at the first, in bits per second
	queue    time.Duration // at the second, when the first had had its effect
}

// suspect tells whether the queue may be none.
func (s *standing) suspect() bool { return s.eases >= suspectEases }

// moved tells whether what stands is no queue: the delay is that of another way, on which the packets go
// without any break. Otherwise it would be taken for one until the old delays are forgotten, after 10 s,
// with next to nothing sent meanwhile.
func (e *Estimator) moved(now, queue time.Duration, received float64) bool {
	s := &e.stands
	if now-s.last > 2*(e.roundTrip()+queue+easePause) {
		*s = standing{}
	}
	s.last = now
	s.eases++
	switch {
	case s.eases == 1:
		s.budget, s.ceiling, s.received = e.budget, e.ceiling, received
	case s.eases == 2:
		s.queue = queue
	case max(queue-s.queue, s.queue-queue) > movedBy+e.noise/2+service(received):
		s.eases, s.queue = 2, queue
	case s.suspect() && received <= movedShare*s.received:
		e.log.Info("path became longer", "by", queue)
		e.seen.forgetDelays()
		e.trips, e.clocks.off = minimum{}, minimum{}
		e.budget, e.ceiling = max(e.budget, shareOfCapacity*s.budget), s.ceiling
		*s = standing{}
		return true
	}
	return false
}

// mostService bounds service.
const mostService = 60 * time.Millisecond

// service is how long a large packet takes at a rate in bits per second.
func service(bitsPerSecond float64) time.Duration {
	return min(mostService, time.Duration(probePacketSize*8/max(bitsPerSecond, 1)*float64(time.Second)))
}
