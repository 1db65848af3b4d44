package beacon

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// loop owns a station's state; only its run goroutine touches it.
type loop struct {
	station *Station
	key     ed25519.PrivateKey
	open    func() (Ether, error)
	log     *slog.Logger

	ether    Ether // nil: it could not be opened
	said     error // why, when that was logged last
	attached []Interface
	register *register
	counter  uint64
	speaking *Announcement // what was said last; nil: nothing

	tick     *time.Ticker // beacons
	looks    *time.Ticker // at the interfaces
	answer   *time.Timer  // runs while an answer to "hi" is due
	due      bool
	answered time.Time // when the last answer was due
	lastTick time.Time
}

func newLoop(s *Station, o Options) *loop {
	l := &loop{
		station: s, key: o.Key, open: o.Open, log: o.Logger,
		register: newRegister(Key(o.Key.Public().(ed25519.PublicKey))),
		tick:     time.NewTicker(interval), looks: time.NewTicker(interfaces), answer: time.NewTimer(time.Hour),
		lastTick: time.Now(),
	}
	l.answer.Stop()
	return l
}

// run works until ctx ends.
func (l *loop) run(ctx context.Context) {
	defer close(l.station.done)
	for ctx.Err() == nil {
		l.step(ctx)
	}
	l.say(Bye)
	l.tick.Stop()
	l.looks.Stop()
	l.answer.Stop()
	l.shut()
}

// step waits for one of: a packet, something to say, the clock.
func (l *loop) step(ctx context.Context) {
	var packets <-chan Received
	if l.ether != nil {
		packets = l.ether.Packets()
	}
	select {
	case <-ctx.Done():
	case p, ok := <-packets:
		if !ok {
			l.shut() // it is opened again with the next look
			return
		}
		l.receive(p)
	case <-l.station.poke:
		l.announce()
	case <-l.answer.C:
		l.due = false
		l.say(Am)
	case <-l.looks.C:
		l.look()
		if l.register.expire(time.Now()) {
			l.publish()
		}
	case <-l.tick.C:
		l.ticked()
	}
}

// ticked says that we are there, each second. A tick that comes too late means that the machine, or this
// process, was asleep: nobody was silent, we did not listen.
func (l *loop) ticked() {
	now := time.Now()
	gap := now.Round(0).Sub(l.lastTick.Round(0)) // by the wall clock: the other one may stand still in sleep
	if gap >= late {
		l.register.shift(now.Sub(l.lastTick))
		l.look()
		l.hi(l.attached)
	}
	l.lastTick = now
	l.say(Am)
}

// receive takes a packet.
func (l *loop) receive(p Received) {
	if !OnLink(l.attached, p.From) {
		return
	}
	now := time.Now()
	n := l.register.hear(now, p.From, p.Data)
	if n.err != nil {
		l.log.Debug("beacon dropped", "from", p.From, "err", n.err)
	}
	if n.changed {
		l.publish()
	}
	if n.asked && !l.due {
		l.due = true
		pause := max(l.answered.Add(quiet).Sub(now), 0) + rand.N(jitter)
		l.answered = now.Add(pause)
		l.answer.Reset(pause)
	}
}

// announce takes up what Announce said.
func (l *loop) announce() {
	l.station.mu.Lock()
	a := l.station.announced
	l.station.mu.Unlock()
	if a == nil {
		l.say(Bye)
	}
	l.speaking = a
	l.say(Am)
}

// say sends what we announce to all links; nothing while there is nothing to announce.
func (l *loop) say(k Kind) {
	if l.speaking == nil {
		return
	}
	l.send(l.attached, l.packet(k))
}

func (l *loop) packet(k Kind) []byte {
	l.counter = max(l.counter+1, uint64(max(0, time.Now().UnixMilli())))
	return (&Packet{Kind: k, Counter: l.counter, Announcement: *l.speaking}).Encode(l.key)
}

// hi asks who is there, on these interfaces.
func (l *loop) hi(on []Interface) { l.send(on, (&Packet{Kind: Hi}).Encode(nil)) }

// send passes a packet to links. One that fails may be on its way up or down: it is looked at again soon.
func (l *loop) send(on []Interface, data []byte) {
	if l.ether == nil {
		return
	}
	for _, i := range on {
		if err := l.ether.Send(i, data); err != nil {
			l.log.Debug("beacon not sent", "interface", i.Name, "err", err)
		}
	}
}

// look compares the interfaces of now with those that we speak on.
func (l *loop) look() {
	if !l.opened() {
		return
	}
	now, err := l.ether.Interfaces()
	if err != nil {
		l.complain("list network interfaces", err)
		return
	}
	changed := false
	gone := func(i Interface) bool { return !slices.ContainsFunc(now, i.equal) }
	for _, i := range l.attached {
		if gone(i) {
			l.ether.Detach(i)
			l.log.Debug("interface left", "interface", i.Name)
			changed = true
		}
	}
	l.attached = slices.DeleteFunc(l.attached, gone)
	var fresh []Interface
	for _, i := range now {
		if slices.ContainsFunc(l.attached, i.equal) {
			continue
		}
		if err := l.ether.Attach(i); err != nil {
			l.log.Debug("interface not used", "interface", i.Name, "err", err) // tried again with the next look
			continue
		}
		l.log.Debug("interface taken up", "interface", i.Name)
		fresh = append(fresh, i)
	}
	if len(fresh) > 0 {
		l.attached = append(l.attached, fresh...)
		l.hi(fresh)
		if l.speaking != nil {
			l.send(fresh, l.packet(Am))
		}
	}
	if changed || len(fresh) > 0 {
		l.publish()
	}
}

// opened tells whether there is an ether, and opens it if it can.
func (l *loop) opened() bool {
	if l.ether != nil {
		return true
	}
	e, err := l.open()
	if err != nil {
		l.complain("open beacons", err)
		return false
	}
	l.ether, l.said = e, nil
	return true
}

// complain logs an error once, not each time that the same is tried again.
func (l *loop) complain(what string, err error) {
	if l.said == nil || l.said.Error() != err.Error() {
		l.log.Warn("nobody can be found on this network", "err", err, "state", what)
		l.said = err
	}
}

// shut gives the ether back.
func (l *loop) shut() {
	if l.ether == nil {
		return
	}
	if err := l.ether.Close(); err != nil {
		l.log.Debug("close beacons", "err", err)
	}
	l.ether, l.attached = nil, nil
	l.publish()
}

// publish makes the state of now visible.
func (l *loop) publish() {
	heard := l.register.list()
	attached := slices.Clone(l.attached)
	l.station.mu.Lock()
	l.station.heard, l.station.interfaces = heard, attached
	l.station.mu.Unlock()
	wake(l.station.changed)
}
