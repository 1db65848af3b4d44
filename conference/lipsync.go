package conference

import (
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// Pictures wait for sound that comes later, by themselves (package receive). Sound waits for pictures only
// as far as they come later than people put up with.
const (
	// lateEnough is how much later than the sound pictures may come before the sound waits, and
	// lateLittle from when on it waits less again.
	lateEnough = 30 * time.Millisecond
	lateLittle = 15 * time.Millisecond
	// soundPatience is how long sound waits for pictures at most.
	soundPatience = 80 * time.Millisecond
	// patienceRate is how fast that changes: a share of the time that passes, slower than sound can be
	// stretched.
	patienceRate = 0.02
)

// lipSync keeps sound and pictures of one source together.
type lipSync struct {
	media    *RemoteMedia
	pictures Slot
	sound    Slot
	playout  *audio.Playout

	mu    sync.Mutex
	extra time.Duration // that the sound waits
	at    time.Time     // when it was last set
}

// soundOf is the slot of the sound that belongs to a slot of pictures.
func soundOf(pictures Slot) Slot {
	if pictures == Screen {
		return ScreenAudio
	}
	return Microphone
}

// captured is when the picture with an RTP timestamp was taken, by the sender's clock; false: no sender
// report tells.
func (s *lipSync) captured(stamp uint32) (time.Time, bool) {
	return s.media.capturedAt(s.pictures, stamp, media.VideoClockRate)
}

// heard is when what is heard at now was recorded, by the sender's clock.
func (s *lipSync) heard(now time.Time) (time.Time, bool) {
	stamp, ok := s.playout.Heard(now)
	if !ok {
		return time.Time{}, false
	}
	return s.media.capturedAt(s.sound, stamp, media.SampleRate)
}

// late is told how much later than the sound pictures come, and lets the sound wait.
func (s *lipSync) late(by time.Duration) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	step := min(time.Duration(patienceRate*float64(now.Sub(s.at))), lateLittle)
	s.at = now
	switch {
	case by > lateEnough:
		s.setLocked(min(s.extra+step, soundPatience))
	case by < lateLittle:
		s.setLocked(max(s.extra-step, 0))
	}
}

// stop makes the sound wait for nothing: no pictures come.
func (s *lipSync) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setLocked(0)
}

func (s *lipSync) setLocked(extra time.Duration) {
	if extra != s.extra {
		s.extra = extra
		s.playout.SetExtraDelay(extra)
	}
}

// capturedAt is when what has an RTP timestamp of a slot was captured, by the sender's clock (RFC 3550
// section 6.4.1).
func (m *RemoteMedia) capturedAt(s Slot, stamp uint32, rate int) (time.Time, bool) {
	in := m.inbound(s)
	if in == nil {
		return time.Time{}, false
	}
	at, reported, ok := in.SenderReport()
	if !ok {
		return time.Time{}, false
	}
	ticks := int64(int32(stamp - reported))
	return at.Add(time.Duration(ticks * int64(time.Second) / int64(rate))), true
}
