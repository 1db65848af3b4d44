package audio

import (
	"io"
	"sync"
	"time"

	"confab/conference/media"
)

const (
	// What the pump keeps in the ring: less is less delay, more survives a late pump. It begins with
	// startLevel, has 10 ms more after each underrun and 10 ms less after each calmTime without one.
	leastLevel = 20 * millisecond
	startLevel = 30 * millisecond
	mostLevel  = 70 * millisecond
	calmTime   = 10 * time.Second
	// stallLimit is how long the device may take nothing before a clock paces the sound instead.
	stallLimit = 200 * time.Millisecond
)

// speaker keeps a ring filled that a device's callback empties.
type speaker struct {
	pump    pump
	release func(io.Closer)

	stop chan struct{}
	once sync.Once
	done chan struct{} // closed by run
}

func newSpeaker(ring *pcm, o SpeakerOptions, release func(io.Closer)) *speaker {
	now := time.Now()
	s := &speaker{
		pump: pump{
			ring: ring, fill: o.Fill, level: startLevel, heard: heard{ring: ring, tell: o.Played},
			taken: ring.taken.Load(), missed: ring.missed.Load(), moved: now, next: now, calm: now,
		},
		release: release, stop: make(chan struct{}), done: make(chan struct{}),
	}
	go s.run() // waited for by Close
	return s
}

func (s *speaker) run() {
	defer close(s.done)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.pump.turn(now)
		}
	}
}

// Close ends the sound and lets the device go.
func (s *speaker) Close() error {
	s.once.Do(func() {
		close(s.stop)
		<-s.done
		s.release(s)
	})
	<-s.done
	return nil
}

// pump decides when the next 10 ms are due.
type pump struct {
	ring *pcm
	fill func(time.Time, *media.AudioFrame)
	heard

	frame  media.AudioFrame
	level  int       // samples to keep in the ring
	taken  uint64    // what the device had taken
	moved  time.Time // when it last took something
	missed uint64    // underruns
	calm   time.Time // since when there was none
	next   time.Time // when the clock, if it paces, is due
}

// turn fills what is due at the given instant.
func (p *pump) turn(now time.Time) {
	p.heard.turn()
	if taken := p.ring.taken.Load(); taken != p.taken {
		p.taken, p.moved = taken, now
	}
	if now.Sub(p.moved) > stallLimit {
		for ; !p.next.After(now); p.next = p.next.Add(media.FrameDuration) {
			p.fill(now, &p.frame) // heard by nobody; but recorded, perhaps
			p.heard.silence(block)
		}
		p.missed, p.calm = p.ring.missed.Load(), now
		return
	}
	p.next = now.Add(media.FrameDuration)
	p.adapt(now)
	for p.ring.ready() < p.level {
		p.fill(now, &p.frame)
		p.ring.write(p.frame.Samples[:])
	}
}

// adapt sets the level by the underruns.
func (p *pump) adapt(now time.Time) {
	switch missed := p.ring.missed.Load(); {
	case missed != p.missed:
		p.missed, p.calm = missed, now
		p.level = min(p.level+block, mostLevel)
	case now.Sub(p.calm) > calmTime:
		p.calm = now
		p.level = max(p.level-block, leastLevel)
	}
}
