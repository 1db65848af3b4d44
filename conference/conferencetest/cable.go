package conferencetest

import (
	"slices"
	"sync"
	"time"
)

// packetOverhead are the bytes of an IPv4 and a UDP header.
const packetOverhead = 20 + 8

// Cable carries packets over a Link, in the time of the bubble it was made in or in real time. Hosts that
// share a cable share its rate. All methods are safe from any goroutine.
type Cable struct {
	wake chan struct{} // something flies
	stop chan struct{}
	once sync.Once
	done chan struct{} // closed by run

	mu       sync.Mutex
	link     *Link
	flying   []flight // in the order of arrival, which is that of sending
	passages []Passage
}

// flight is a packet under way.
type flight struct {
	at      time.Time
	deliver func() // hands it to the receiver
}

// NewCable lays a cable over a link, which is the cable's from then on. Close ends it.
func NewCable(l *Link) *Cable {
	c := &Cable{link: l, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go c.run() // ends with stop; Close waits
	return c
}

// Plan adds changes of conditions to come.
func (c *Cable) Plan(steps ...Step) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link.Plan(steps...)
}

// Passages are those of all packets sent so far, in the order of sending.
func (c *Cable) Passages() []Passage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.passages)
}

// send puts the payload of a UDP packet on its way; deliver is called when it arrives, if it does.
func (c *Cable) send(payload []byte, deliver func()) {
	c.mu.Lock()
	p := c.link.Send(time.Now(), len(payload)+packetOverhead)
	copy(p.Head[:], payload)
	c.passages = append(c.passages, p)
	if p.Fate == Arrived {
		c.flying = append(c.flying, flight{p.Arrives, deliver})
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Cable) run() {
	defer close(c.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if next, some := c.land(time.Now()); some {
			timer.Reset(time.Until(next))
		}
		select {
		case <-c.stop:
			return
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// land delivers what has arrived by now and tells when the next one will, if there is one.
func (c *Cable) land(now time.Time) (next time.Time, some bool) {
	for {
		c.mu.Lock()
		if len(c.flying) == 0 || c.flying[0].at.After(now) {
			if some = len(c.flying) > 0; some {
				next = c.flying[0].at
			}
			c.mu.Unlock()
			return next, some
		}
		f := c.flying[0]
		c.flying[0] = flight{}
		c.flying = c.flying[1:]
		c.mu.Unlock()
		f.deliver()
	}
}

// Close cuts the cable: what is under way never arrives. It works any number of times.
func (c *Cable) Close() error {
	c.once.Do(func() { close(c.stop) })
	<-c.done
	return nil
}
