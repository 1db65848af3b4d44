package mesh

import "confab/conference/signaling"

// A foreign member is another program, reached by its own system's signaling:
//
//   - Once connected either side offers when it needs to, an ICE restart above all, so two offers may
//     cross. Then the one counts that comes from who made the connection's first offer: browsers take
//     their own back for it (RFC 8829 section 4.1.10.2), and so do we. Other systems have other rules
//     (signaling.Crossing); where theirs always counts, ours is made again.
//   - Its system may ask for an offer at any time, which its driver passes on as Negotiate.
//   - It knows no ConnIDs. Its driver makes them up, one for each life of a connection, and must
//     therefore be told of a life's end: it hears Bye whenever a connection is destroyed.
//   - Offers that cross before there is a connection belong to two lives: the newer one, theirs,
//     replaces ours.

// yields tells whether an offer of a foreign member within a connection's life is to be answered; if so,
// an offer of ours that has no answer yet is forgotten.
func (p *pair) yields(c signaling.Crossing) bool {
	crossed := p.offering || p.offerN != 0
	switch {
	case crossed && c == signaling.CrossingOurs, crossed && c == signaling.CrossingFirst && p.role == Offerer:
		return false
	case crossed && c == signaling.CrossingTheirs:
		p.again = true
	}
	p.unsaid, p.offerN = p.offering, 0
	return true
}

// withheld tells whether an offer that has just been made was given up meanwhile.
func (p *pair) withheld() bool {
	unsaid := p.unsaid
	p.offering, p.unsaid = false, false
	return unsaid
}
