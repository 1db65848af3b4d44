package lan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"confab/conference/signaling"
)

// dialed is the outcome of looking for a member.
type dialed struct {
	id    signaling.PeerID // who was looked for; empty: whoever is at the seed's address
	guest *guest
	err   error
}

// reach connects to a member at one of its addresses: those that can be connected to are tried until the
// right one answers. Errors wrap those of package signaling, [ErrNobody] or [ErrOtherRoom].
func reach(ctx context.Context, s System, g *gate, id signaling.PeerID, at []netip.AddrPort) (*guest, error) {
	failed := fmt.Errorf("%w: %w", ErrNobody, signaling.ErrUnreachable)
	for left := slices.Clone(at); len(left) > 0; {
		conn, address, err := first(ctx, s, left)
		if err != nil {
			return nil, errors.Join(failed, err)
		}
		guest, err := g.dialed(ctx, conn, id)
		if err == nil || final(err) {
			return guest, err
		}
		failed = err
		left = slices.DeleteFunc(left, func(a netip.AddrPort) bool { return a == address })
	}
	return nil, failed
}

// final tells whether a member has answered, so that it makes no sense to look at another address for it.
func final(err error) bool {
	for _, e := range []error{signaling.ErrUnauthorized, signaling.ErrRateLimited, signaling.ErrVersion, ErrOtherRoom, errSelf} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// first connects to the first of several addresses that answers. Each gets a little time before the next
// one is tried besides it (RFC 8305).
func first(ctx context.Context, s System, at []netip.AddrPort) (net.Conn, netip.AddrPort, error) {
	type attempt struct {
		conn    net.Conn
		address netip.AddrPort
		err     error
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	attempts := make(chan attempt, len(at)) // so that nobody waits for us
	var wg sync.WaitGroup
	next := time.NewTimer(0)
	defer next.Stop()
	var won attempt
	var errs []error
	for started := 0; won.conn == nil && len(errs) < len(at); {
		select {
		case <-next.C:
			if started == len(at) {
				continue
			}
			a := at[started]
			started++
			wg.Go(func() {
				c, err := s.Dial(ctx, a)
				attempts <- attempt{c, a, err}
			})
			next.Reset(stagger)
		case t := <-attempts:
			if t.err != nil {
				errs = append(errs, t.err)
				next.Reset(0)
				continue
			}
			won = t
		}
	}
	cancel()
	wg.Wait()
	close(attempts)
	for late := range attempts {
		if late.conn != nil {
			late.conn.Close()
		}
	}
	if won.conn == nil {
		return nil, netip.AddrPort{}, errors.Join(errs...)
	}
	return won.conn, won.address, nil
}
