package conference

import "confab/conference/transport/pace"

const (
	// lookAt is the height from which on a peer that shows our camera looks at us, in pixels.
	lookAt = 540
	// soundDemand is what a path needs besides pictures, in bits per second on the wire.
	soundDemand = 60_000
)

// shareUplink divides the user's uplink among the connections: first those who have pinned us or talk
// with us, then the others, of whom those who look at us or say something get twice the share. What one
// cannot use goes to the others. A peer that tells no views gets what its path carries of its share.
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
			Demand: demand + demand/10 + soundDemand, // headers, repairs
			Rank:   l.rank(p),
		})
	}
	for i, share := range pace.Divide(limit, claims) {
		paths[i].SetLimit(share)
	}
}

// rank is how much a participant's path matters.
func (l *loop) rank(p *participant) pace.Rank {
	c := p.connection
	switch {
	case c.pinned[Camera] || c.pinned[Screen] || p.ID == l.mainSpeaker:
		return pace.First
	case p.ear.speaking || c.shows >= lookAt:
		return pace.Favoured
	}
	return pace.Ordinary
}
