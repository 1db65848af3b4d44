package seal

import (
	"encoding/base64"
	"time"

	"confab/conference/signaling"
)

// How long others are waited for. A hello may be lost where the carrier loses things, and a member without a key
// may just be silent.
const (
	helloInterval = 2 * time.Second
	maxHellos     = 2 // said by the clock, before a member counts as one without a key
)

// peer is what a session knows of one member.
type peer struct {
	told   signaling.Peer // as the driver tells it
	offers bool           // of the two of us, it offers
	n      uint32         // of the last sealed signal to it

	known    bool // it has proven that it has the key, and the reader of the session knows it
	joining  bool // the reader is to hear PeerJoined of it (again) when it has proven so
	state    State
	stateAt  uint64     // number of the word that brought it, on channel channels[0]
	asked    *Challenge // of our hello that was not answered yet
	greeted  bool       // it has got a hello of ours since it is here
	answered *Channel   // of our answer to its hello, until the first word
	channels [3]*Channel

	hellos     int
	next       time.Time // of the clock; zero: never
	complained map[error]bool
}

func newPeer(told signaling.Peer, offers bool) *peer {
	return &peer{told: told, offers: offers, joining: true, complained: make(map[error]bool)}
}

// seen is the member as it is shown: what the driver knows of its path, and what itself says of the rest.
func (p *peer) seen() signaling.Peer {
	return signaling.Peer{ID: p.told.ID, Name: p.state.Name, Metadata: p.state.Metadata, Away: p.told.Away}
}

// use makes a channel the one by which words are sent. What is under way on those before still opens.
func (p *peer) use(c *Channel) {
	p.channels = [3]*Channel{c, p.channels[0], p.channels[1]} // two, where both said hello at once
	p.stateAt = 0
}

// open finds the channel of a word. first: it is the first one of a channel that waited for it.
func (p *peer) open(sealed []byte) (text []byte, number uint64, c *Channel, err error) {
	err = ErrTampered
	for _, c := range []*Channel{p.channels[0], p.channels[1], p.channels[2], p.answered} {
		if c == nil {
			continue
		}
		if text, number, err = c.Open(sealed); err != ErrTampered { //nolint:errorlint // it is not wrapped in here
			return text, number, c, err
		}
	}
	return nil, 0, nil, err
}

// wrap makes the signal that carries a sealed text.
func (p *peer) wrap(sealed []byte) signaling.Signal {
	p.n++
	return signaling.Signal{Kind: signaling.Sealed, Conn: carrier, N: p.n, Sealed: base64.RawURLEncoding.EncodeToString(sealed)}
}

// carrier is the ConnID of what carries sealed texts: the true one is inside.
const carrier = "sealed"
