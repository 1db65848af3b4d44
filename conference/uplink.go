package conference

import "confab/conference/transport/pace"

const (
	// lookAt is the height from which on a peer that shows our camera looks at us, in pixels: the tile is
	// pinned, or there are few.
	lookAt = 540
	// soundDemand is what a path needs besides pictures, in bits per second on the wire.
	soundDemand = 60_000
)

// shareUplink divides the user's uplink among the connections: those who look at us or talk get twice
// the share of the others, and what one cannot use goes to the others.
func (l *loop) shareUplink() {
	limit := l.channel.client.options.MaxUplink
	if limit <= 0 {
		return
	}
	var paths []*pace.Path
	var claims []pace.Claim
	for _, id := range l.order {
		p := l.participants[id]
		if p.connection == nil {
			continue
		}
		o := p.connection.out.Load()
		if o == nil {
			continue
		}
		demand := o.path.Demand()
		paths = append(paths, o.path)
		claims = append(claims, pace.Claim{
			Demand:   demand + demand/10 + soundDemand, // headers, repairs
			Favoured: p.ear.speaking || p.connection.shows >= lookAt,
		})
	}
	for i, share := range pace.Divide(limit, claims) {
		paths[i].SetLimit(share)
	}
}
