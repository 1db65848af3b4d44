package lan

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

// Limits of what strangers may cost before they have proved anything.
const (
	maxKnocking     = 32               // connections at a time
	maxKnockingEach = 4                // of one address
	guesses         = 5                // of the password, by one address
	guessInterval   = 20 * time.Second // for one more
	maxGuessers     = 256              // addresses that are remembered
	acceptPause     = 100 * time.Millisecond
)

// door takes connections and lets those in who know the password.
type door struct {
	gate       *gate
	listener   net.Listener
	interfaces func() []beacon.Interface
	log        *slog.Logger

	mu       sync.Mutex
	knocking map[netip.Addr]int
	total    int
	guessers map[netip.Addr]*guesser
	wg       sync.WaitGroup
}

// guesser is an address from which wrong passwords came.
type guesser struct {
	left int
	at   time.Time // of the last change
}

// run accepts until ctx ends, and returns when nothing is under way any more. Who is let in goes to enter,
// which takes it over; it is called from many goroutines.
func (d *door) run(ctx context.Context, enter func(*guest)) {
	stop := context.AfterFunc(ctx, func() { d.listener.Close() })
	defer stop()
	for ctx.Err() == nil {
		c, err := d.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			break
		}
		if err != nil { // out of descriptors, say
			d.log.Debug("connection not accepted", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
			continue
		}
		from, ok := d.knock(c)
		if !ok {
			c.Close()
			continue
		}
		d.wg.Go(func() { d.open(ctx, c, from, enter) })
	}
	d.wg.Wait()
}

// newDoor gives the door of a session.
func newDoor(g *gate, l net.Listener, interfaces func() []beacon.Interface, log *slog.Logger) *door {
	return &door{
		gate: g, listener: l, interfaces: interfaces, log: log,
		knocking: make(map[netip.Addr]int), guessers: make(map[netip.Addr]*guesser),
	}
}

// knock counts a connection in, if there is place for it.
func (d *door) knock(c net.Conn) (netip.Addr, bool) {
	from, ok := remote(c)
	if !ok || !neighborly(d.interfaces(), from.Addr()) {
		return netip.Addr{}, false
	}
	a := household(from.Addr())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total >= maxKnocking || d.knocking[a] >= maxKnockingEach {
		return a, false
	}
	d.total++
	d.knocking[a]++
	return a, true
}

// open sees who is there.
func (d *door) open(ctx context.Context, c net.Conn, from netip.Addr, enter func(*guest)) {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.total--
		if d.knocking[from]--; d.knocking[from] == 0 {
			delete(d.knocking, from)
		}
	}()
	g, err := d.gate.accepted(ctx, c, func() bool { return d.mayGuess(from) })
	if err != nil {
		d.log.Debug("not let in", "from", from, "err", err)
		if errors.Is(err, signaling.ErrUnauthorized) {
			d.guessed(from)
		}
		return
	}
	enter(g)
}

// mayGuess tells whether an address has not had its share of wrong passwords.
func (d *door) mayGuess(from netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guessers[from]
	if g == nil {
		return true
	}
	now := time.Now()
	if again := int(now.Sub(g.at) / guessInterval); again > 0 {
		g.left, g.at = g.left+again, now
	}
	if g.left >= guesses {
		delete(d.guessers, from)
	}
	return g.left > 0
}

// guessed notes a wrong password. Who cannot be remembered takes the place of whoever guessed last.
func (d *door) guessed(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guessers[from]
	if g == nil {
		if len(d.guessers) >= maxGuessers {
			d.forgetOldestLocked()
		}
		g = &guesser{left: guesses}
		d.guessers[from] = g
	}
	g.left, g.at = max(0, g.left-1), time.Now()
}

func (d *door) forgetOldestLocked() {
	var oldest netip.Addr
	for a, g := range d.guessers {
		if !oldest.IsValid() || g.at.Before(d.guessers[oldest].at) {
			oldest = a
		}
	}
	delete(d.guessers, oldest)
}

// household is what one machine can choose its address from: a /64 of IPv6.
func household(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is6() && !a.IsLinkLocalUnicast() && !a.IsLoopback() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// remote is the other end's address.
func remote(c net.Conn) (netip.AddrPort, bool) {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	p := a.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port()), p.IsValid()
}
