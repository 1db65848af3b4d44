package conference

import (
	"net"
	"time"

	"confab/conference/transport"
	"confab/conference/transport/bandwidth"
)

// wayOf is a path without its ports: a restart and the next call have others.
func wayOf(p transport.Path) bandwidth.Way {
	return bandwidth.Way{Local: hostOf(p.Local), Remote: hostOf(p.Remote), Relayed: p.Relayed}
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return host
}

// rememberPaths notes once a second what the connections' paths carry, for the next ones.
func (l *loop) rememberPaths(now time.Time) {
	if now.Sub(l.remembered) < StatsInterval {
		return
	}
	l.remembered = now
	for _, p := range l.participants {
		if p.connection == nil || p.state != StateConnected || p.reconnecting {
			continue
		}
		o := p.connection.out.Load()
		if o == nil {
			continue
		}
		if s := o.path.Stats(); s.RoundTripTime > 0 && !s.Muted { // else it is only what we began with
			l.channel.client.paths.Learn(now, wayOf(p.connection.pair.Stats().Path), s.AvailableOutgoingBitrate)
		}
	}
}

// startOf is what a connection that has come up begins with, in bits per second; 0: nothing is known.
func (l *loop) startOf(c *PeerConnection) int {
	others := 0
	for _, p := range l.participants {
		if p.connection != nil && p.connection != c && p.connection.out.Load() != nil {
			others++
		}
	}
	return l.channel.client.paths.Start(time.Now(), wayOf(c.pair.Stats().Path), others)
}
