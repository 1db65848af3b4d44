package cluster

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// run receives what arrives and looks after the others, until Close.
func (c *Cluster) run() {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	c.publish(c.subject("all"), "", envelope{Kind: kindBeat})
	for {
		select {
		case <-c.done:
			return
		case now := <-tick.C:
			c.publish(c.subject("all"), "", envelope{Kind: kindBeat})
			c.lookAfter(now)
		case m := <-c.inbox:
			c.receive(m)
		}
	}
}

// lookAfter loses those who show no life, and probes the others.
func (c *Cluster) lookAfter(now time.Time) {
	var gone []ID
	c.mu.Lock()
	for id, o := range c.others {
		if now.Sub(o.seen) > silence || o.misses >= unheard {
			gone = append(gone, id)
			continue
		}
		c.publish(c.subject("to", id), c.subject("unheard", c.self, id), envelope{Kind: kindProbe})
	}
	c.mu.Unlock()
	for _, id := range gone {
		c.lose(id, true)
	}
}

func (c *Cluster) receive(m *nats.Msg) {
	if unheard, is := strings.CutPrefix(m.Subject, c.subject("unheard", c.self)+"."); is {
		c.missed(ID(unheard), m.Header.Get("Status") != "")
		return
	}
	e, err := parseEnvelope(m.Data)
	if err != nil || e.From == c.self {
		c.log.Debug("message of no instance", "subject", m.Subject)
		return
	}
	switch e.Kind {
	case kindBeat:
		c.meet(e.From)
	case kindBye:
		c.lose(e.From, true)
	case kindBroken:
		c.mu.Lock()
		o := c.others[e.From]
		ours := o != nil && o.out == e.Stream
		c.mu.Unlock()
		if ours {
			c.lose(e.From, false)
			c.meet(e.From)
		}
	case kindTell, kindAsk:
		c.hear(m, e)
	}
}

// missed counts a probe that nobody has listened to.
func (c *Cluster) missed(id ID, nobody bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.others[id]; o != nil && nobody {
		o.misses++
	}
}

// meet notes a sign of life.
func (c *Cluster) meet(id ID) *other {
	c.mu.Lock()
	o := c.others[id]
	known := o != nil
	if !known {
		o = &other{out: token(sizeStream * 3 / 4)}
		c.others[id] = o
		c.publishLive()
	}
	o.seen, o.misses = time.Now(), 0
	c.mu.Unlock()
	if !known {
		c.log.Info("met an instance", "peer", id)
		c.handler.Met(id)
	}
	return o
}

// lose forgets an instance.
func (c *Cluster) lose(id ID, gone bool) {
	c.mu.Lock()
	known := c.others[id] != nil
	delete(c.others, id)
	c.publishLive()
	c.mu.Unlock()
	if gone {
		delete(c.refused, id)
	}
	if known {
		c.log.Info("lost an instance", "peer", id, "gone", gone)
		c.handler.Lost(id, gone)
	}
}

// hear takes a numbered message: the next one of its stream, or the first one of a new stream.
func (c *Cluster) hear(m *nats.Msg, e envelope) {
	o := c.meet(e.From)
	if o.in != e.Stream && o.in != "" && e.Number == 1 { // it has lost us
		c.lose(e.From, false)
		o = c.meet(e.From)
	}
	switch {
	case o.in == e.Stream && e.Number == o.got+1, o.in == "" && e.Number == 1:
		o.in, o.got = e.Stream, e.Number // only this goroutine uses them
	case c.refused[e.From] == e.Stream:
		return // what was on its way when we lost each other
	default:
		c.refused[e.From] = e.Stream
		c.publish(c.subject("to", e.From), "", envelope{Kind: kindBroken, Stream: e.Stream})
		c.lose(e.From, false)
		c.meet(e.From)
		return
	}
	if e.Kind == kindTell {
		c.handler.Told(e.From, e.Body)
		return
	}
	if answer := c.handler.Asked(e.From, e.Body); m.Reply != "" {
		if err := c.nats.Publish(m.Reply, answer); err != nil {
			c.log.Debug("answer was not published", "err", err)
		}
	}
}
