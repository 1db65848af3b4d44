package lan

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

// seed is a member whose address was given by hand. It is dialed while nobody is there.
type seed struct {
	text     string // host and port; empty: none
	due      time.Time
	failures int
	dialing  bool
	tried    bool
	needed   bool
}

// deadline is when to dial it again; zero: not now.
func (s *seed) deadline() time.Time {
	if s.text == "" || s.dialing || !s.needed {
		return time.Time{}
	}
	return s.due
}

// sighted looks at who is heard by beacons now.
func (l *loop) sighted() {
	now := time.Now()
	l.interfaces = l.station.Interfaces()
	heard := make(map[signaling.PeerID]bool)
	for _, h := range l.station.Heard() {
		if h.Room != l.gate.room {
			continue
		}
		id := idOf(h.Key[:])
		heard[id] = true
		if !l.rank.decided {
			l.rank.heard(h.Rank)
		}
		l.contacts.note(now, id, l.neighbors(h.Addresses), l.joining != nil)
		if !l.heard[id] {
			l.contacts.back(now, id)
		}
	}
	l.heard = heard
	l.tellURLs()
	l.checkNetwork()
}

// neighbors are those addresses that can be ones of a local network.
func (l *loop) neighbors(at []netip.AddrPort) []netip.AddrPort {
	at = slices.Clone(at)
	return slices.DeleteFunc(at, func(a netip.AddrPort) bool { return !a.IsValid() || !neighborly(l.interfaces, a.Addr()) })
}

// pursue starts to dial whoever is due.
func (l *loop) pursue(ctx context.Context, now time.Time) {
	if l.over || l.farewell != nil {
		return
	}
	l.pursueSeed(ctx, now)
	for _, c := range l.contacts.next(now) {
		if until, ok := l.banned[c.id]; ok && until.After(now) {
			c.due = until
			continue
		}
		c.dialing = true
		id, at := c.id, slices.Clone(c.addresses)
		l.wg.Go(func() {
			g, err := reach(ctx, l.driver.network.system, l.gate, id, at)
			l.report(ctx, dialed{id, g, err})
		})
	}
}

// pursueSeed dials the seed while nobody is there.
func (l *loop) pursueSeed(ctx context.Context, now time.Time) {
	s := &l.seed
	s.needed = len(l.links) == 0
	due := s.deadline()
	if due.IsZero() || due.After(now) {
		return
	}
	s.dialing = true
	l.wg.Go(func() {
		at, err := resolve(ctx, s.text)
		if err != nil {
			l.report(ctx, dialed{err: fmt.Errorf("%w: %w", ErrNobody, err)})
			return
		}
		g, err := reach(ctx, l.driver.network.system, l.gate, "", at)
		l.report(ctx, dialed{"", g, err})
	})
}

// report hands an outcome to the loop, from any goroutine.
func (l *loop) report(ctx context.Context, d dialed) {
	select {
	case l.results <- d:
	case <-ctx.Done():
		if d.guest != nil {
			raw(d.guest.conn).Close()
		}
	}
}

// dialed takes the outcome of an attempt.
func (l *loop) dialed(d dialed) {
	now := time.Now()
	if d.id == "" {
		l.seed.dialing, l.seed.tried = false, true
		if d.err != nil {
			l.seed.due = now.Add(signaling.RetryPause(l.seed.failures, rand.Float64()))
			l.seed.failures++
		} else {
			l.seed.failures, l.seed.due = 0, now.Add(signaling.RetryPause(2, rand.Float64()))
		}
	}
	if d.err == nil {
		l.adopt(d.guest)
		return
	}
	l.log.Debug("member not reached", "peer", d.id, "err", d.err)
	l.refused(d.err)
	if l.joining != nil && d.id == "" && !errors.Is(d.err, errSelf) {
		l.joining.failure = d.err
	}
	if d.id != "" {
		l.contacts.failed(now, d.id, final(d.err), rand.Float64())
	}
}

// checkNetwork tells the session's reader when there is no network any more, and when there is one again.
func (l *loop) checkNetwork() {
	if l.joining != nil || l.over {
		return
	}
	offline := !l.networked()
	if offline == l.offline {
		return
	}
	l.offline = offline
	if offline {
		l.log.Warn("no network")
		l.emit(signaling.Interrupted{Err: fmt.Errorf("%w: %w", signaling.ErrInterrupted, ErrNoNetwork)})
		return
	}
	l.contacts.hurry(time.Now())
	var members []signaling.Peer
	for _, m := range l.ordered() {
		members = append(members, m.peer)
	}
	l.emit(signaling.Resumed{Members: members, Replayed: true})
}

// networked tells whether others can be reached: by an interface that leads out of this machine, or was
// asked for by name, or because somebody is.
func (l *loop) networked() bool {
	for _, m := range l.members {
		if m.link != nil {
			return true
		}
	}
	return l.seed.text != "" || slices.ContainsFunc(l.interfaces, func(i beacon.Interface) bool {
		return !i.Loopback || l.driver.network.named[i.Name]
	})
}
