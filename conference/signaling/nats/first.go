package nats

import (
	"fmt"
	"strings"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

// first is Peerix 0.1 and 0.2 without hashing.
type first struct {
	settings settings
	room     string
	self     string
	secret   *peerix.Secret
}

func newFirst(s settings, room, secret string) (*first, error) {
	key, err := peerix.FirstSecret(secret)
	if err != nil {
		return nil, err
	}
	return &first{settings: s, room: room, self: peerix.NewFirstID(), secret: key}, nil
}

func (f *first) id() signaling.PeerID      { return signaling.PeerID(f.self) }
func (f *first) subjects() []string        { return []string{f.subject(""), f.subject(f.self)} }
func (f *first) control() controlDialect   { return firstControl{} }
func (f *first) keep(_ signaling.PeerID)   {}
func (f *first) forget(_ signaling.PeerID) {}

// subject is [prefix.]room for the room and [prefix.]room.id for a peer.
func (f *first) subject(id string) string {
	subject := peerix.Subject(f.room, false)
	if prefix := strings.TrimSuffix(f.settings.prefix, "."); prefix != "" {
		subject = prefix + "." + subject
	}
	if id != "" {
		subject += "." + peerix.Subject(id, false)
	}
	return subject
}

var firstTypes = map[kind]peerix.Type{
	announced: peerix.FirstJoin, offered: peerix.FirstOffer, answered: peerix.FirstAnswer, candidates: peerix.FirstCandidate, left: peerix.FirstLeave,
	present: typePresent, said: typeSaid, heard: typeHeard, goodbye: typeGoodbye,
}

var firstKinds = func() map[peerix.Type]kind {
	all := make(map[peerix.Type]kind)
	for k, t := range firstTypes {
		all[t] = k
	}
	return all
}()

// write gives one packet; of candidates only the first: the caller writes one at a time.
func (f *first) write(to signaling.PeerID, w word) (string, []byte, error) {
	t := firstTypes[w.kind]
	if t == 0 {
		return "", nil, nil // invitations are not known: who hears of a newcomer offers
	}
	values := w.values()
	if w.kind == announced {
		values = []any{w.card}
	}
	p := peerix.First{Type: t, Sender: f.self}
	for _, v := range values {
		data, err := peerix.Object(v)
		if err != nil {
			return "", nil, err
		}
		p.Values = append(p.Values, data)
	}
	data, err := p.Encode(f.secret)
	if err != nil {
		return "", nil, err
	}
	if len(data) > peerix.MaxPacket {
		return "", nil, fmt.Errorf("%w: packet of %d bytes, at most %d", signaling.ErrSignal, len(data), peerix.MaxPacket)
	}
	return f.subject(string(to)), data, nil
}

func (f *first) read(data []byte) (signaling.PeerID, word, error) {
	p, err := peerix.ParseFirst(f.secret, data)
	if err != nil {
		return "", word{}, err
	}
	if p.Sender == f.self {
		return f.id(), word{}, nil
	}
	w, err := readValues(firstKinds[p.Type], p.Values)
	return signaling.PeerID(p.Sender), w, err
}
