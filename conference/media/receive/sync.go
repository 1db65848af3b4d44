package receive

import "time"

const (
	// maxSyncWait is how long a picture waits for its sound at most.
	maxSyncWait = 200 * time.Millisecond
	// syncLead is by how much pictures stay ahead of their sound: so much less delay, and a fraction of what
	// people notice, who are used to sound that takes its time (sound that lags by 125 ms, or leads by 45:
	// Recommendation ITU-R BT.1359-1).
	syncLead = 34 * time.Millisecond
	// syncRate is how fast the wait follows the sound: a share of the time that passes.
	syncRate = 0.1
	// maxSyncOffset is the greatest distance that is believed of a picture and its sound. Beyond it the
	// sender's reports make no sense.
	maxSyncOffset = 5 * time.Second
)

// lipSync decides when pictures are due, so that they are shown with their sound. It is arithmetic
// without a clock.
type lipSync struct {
	// latency is from capture, by the sender's clock, to being shown, by ours: the difference of the two
	// clocks is in it, and in all that it is compared with.
	latency time.Duration
	known   bool
	at      time.Time     // of the last picture
	due     time.Time     // that it was given
	late    time.Duration // how much later than their sound pictures come of late; negative: sooner
}

// moment is when something was captured by the sender's clock; false: that is not known.
type moment struct {
	at    time.Time
	known bool
}

// next is when a picture that is complete at now is due; heard is of what is heard at now. No picture is
// due before the one before it.
func (s *lipSync) next(now time.Time, captured, heard moment) time.Time {
	wait := time.Duration(0)
	if captured.known {
		own := now.Sub(captured.at)
		s.follow(now, own, heard)
		wait = clamp(s.latency-own, 0, maxSyncWait)
	} else {
		s.known = false
	}
	s.at = now
	s.due = later(now.Add(wait), s.due)
	return s.due
}

// follow moves the latency of the pictures towards that of the sound, and lets go of it while there is
// none. own is that of the picture at hand.
func (s *lipSync) follow(now time.Time, own time.Duration, heard moment) {
	sound := now.Sub(heard.at)
	heard.known = heard.known && (sound-own).Abs() < maxSyncOffset
	if !s.known || (s.latency-own).Abs() > maxSyncOffset {
		s.latency, s.known, s.late = own, true, 0
		return
	}
	step := time.Duration(syncRate * float64(now.Sub(s.at)))
	wanted := min(own, s.latency)
	if heard.known {
		wanted = sound - syncLead
		s.late += clamp(own-sound-s.late, -step, step)
	} else {
		s.late -= clamp(s.late, -step, step)
	}
	s.latency += clamp(wanted-s.latency, -step, step)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
