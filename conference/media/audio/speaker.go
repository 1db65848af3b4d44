package audio

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
)

const (
	// What the pump keeps in the ring: less is less delay, more survives a late pump. It has 10 ms more after
	// two underruns within calmTime, and 10 ms less after some time without: calmTime at first, and twice as long each
	// time that it has more.
	leastLevel = 20 * millisecond
	mostLevel  = 70 * millisecond
	calmTime   = 10 * time.Second
	mostCalm   = 16 * calmTime
	// firstTime is when a device that begins fills its own buffers, with whatever there is.
	firstTime = time.Second
	// A device that takes 20 ms at once or more is given them as late as leastTime before it comes again, as long as
	// that does well: what is asked for late has waited less.
	leastTime = 8 * time.Millisecond
	// stallLimit is how long the device may take nothing before a clock paces the sound instead.
	stallLimit = 200 * time.Millisecond
)

// speaker keeps filled what a device's callback empties.
type speaker struct {
	pump    pump
	release func(io.Closer)

	stop chan struct{}
	once sync.Once
	done chan struct{} // closed by run
}

func newSpeaker(plugged *atomic.Pointer[cable], o SpeakerOptions, release func(io.Closer)) *speaker {
	s := &speaker{
		pump:    newPump(plugged, o, time.Now()),
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
	plugged *atomic.Pointer[cable] // nil in it: there is no device
	fill    func(time.Time, *media.AudioFrame)

	cable  *cable // the one that was plugged in at the last turn
	frame  media.AudioFrame
	seam   seam // where fill went on without the device
	heard  heard
	level  int           // samples to keep in the cable, of 48 kHz
	taken  uint64        // what the device had taken, of its own
	atOnce uint64        // what it takes at once, of 48 kHz; 0: not known yet
	moved  time.Time     // when it last took something
	missed uint64        // underruns
	failed time.Time     // the last of them
	first  time.Time     // when the cable was plugged in
	calm   time.Time     // since when there was none
	quiet  time.Duration // without one after which there is less in the cable
	next   time.Time     // when the clock, if it paces, is due
}

func newPump(plugged *atomic.Pointer[cable], o SpeakerOptions, now time.Time) pump {
	return pump{
		plugged: plugged, fill: o.Fill, seam: newSeam(media.SampleRate), level: leastLevel,
		heard: heard{tell: o.Played, until: now}, moved: now, calm: now, quiet: calmTime, next: now,
	}
}

// turn fills what is due at the given instant.
func (p *pump) turn(now time.Time) {
	if c := p.plugged.Load(); c != p.cable {
		p.change(c, now)
	}
	if c := p.cable; c != nil {
		p.heard.consumed(c, now)
		if taken := c.ring.taken.Load(); taken != p.taken {
			p.learn(c.ours(taken - p.taken))
			p.taken, p.moved, p.next = taken, now, now.Add(media.FrameDuration)
		}
	}
	if now.Sub(p.moved) > stallLimit {
		p.standStill(now)
		return
	}
	if p.cable == nil {
		return
	}
	p.adapt(now)
	if p.early(now) {
		return
	}
	for p.cable.waiting() < p.level {
		p.fill(now, &p.frame)
		p.heard.write(&p.frame.Samples)
		p.seam.join(p.frame.Samples[:])
		p.cable.put(&p.frame.Samples)
	}
}

// learn takes what the device has taken since the last turn. Twice at once is rare.
func (p *pump) learn(taken uint64) {
	if p.atOnce == 0 || taken < p.atOnce {
		p.atOnce = taken
	}
}

// early says that there is time until the device comes again.
func (p *pump) early(now time.Time) bool {
	if p.level > leastLevel || p.atOnce < leastLevel || now.Sub(p.first) < firstTime {
		return false
	}
	again := p.moved.Add(time.Duration(p.atOnce) * time.Second / media.SampleRate)
	return again.Sub(now) > leastTime
}

// change goes on with another device, or none. What was filled for the one before is lost with it.
func (p *pump) change(c *cable, now time.Time) {
	p.heard.change(now)
	p.seam.cut()
	p.cable, p.level, p.taken, p.atOnce, p.missed, p.quiet = c, leastLevel, 0, 0, 0, calmTime
	p.first, p.calm = now, now
	if c != nil {
		p.moved = now // it has its time to begin
	}
}

// standStill takes what is due by the clock since the device last moved. Nobody hears it; but it is
// recorded, perhaps, and must not pile up.
func (p *pump) standStill(now time.Time) {
	for ; !p.next.After(now); p.next = p.next.Add(media.FrameDuration) {
		p.fill(now, &p.frame)
	}
	p.heard.standstill(now)
	p.seam.cut()
	if p.cable != nil {
		p.missed, p.calm = p.cable.ring.missed.Load(), now
	}
}

// adapt sets the level by the underruns.
func (p *pump) adapt(now time.Time) {
	switch missed := p.cable.ring.missed.Load(); {
	case now.Sub(p.first) < firstTime:
		p.missed, p.calm = missed, now
	case missed != p.missed:
		if now.Sub(p.failed) < calmTime {
			p.level, p.quiet = min(p.level+block, mostLevel), min(2*p.quiet, mostCalm)
		}
		p.missed, p.failed, p.calm = missed, now, now
	case now.Sub(p.calm) > p.quiet:
		p.calm = now
		p.level = max(p.level-block, leastLevel)
	}
}
