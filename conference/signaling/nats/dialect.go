package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

// errWord says that a packet cannot be understood.
var errWord = errors.New("malformed packet")

// errStrangers says that a packet was not looked at.
var errStrangers = errors.New("more strangers than anybody needs")

// dialect writes and reads the packets of one generation of Peerix. It belongs to one session's loop.
type dialect interface {
	id() signaling.PeerID
	// subjects are the room's and our own.
	subjects() []string
	// write gives a packet and its subject; to is empty for the room.
	write(to signaling.PeerID, w word) (subject string, data []byte, err error)
	// read gives a packet's sender. It is as certain as the generation makes it.
	read(data []byte) (from signaling.PeerID, w word, err error)
	// keep sees to it that a member can be understood, however many strangers speak; forget ends that.
	keep(id signaling.PeerID)
	forget(id signaling.PeerID)
	// control is that generation's way over data channel 0.
	control() controlDialect
}

// maxSecrets bounds the secrets kept for strangers.
const maxSecrets = 256

// modern is Peerix 0.5 to 0.7.
type modern struct {
	settings  settings
	room      string
	self      *peerix.Identity
	secrets   map[peerix.Key]*peerix.Secret // with members
	strangers map[peerix.Key]*peerix.Secret // with whoever else spoke
	strange   budget                        // of secrets that are made: each costs some 0.1 ms
}

func newModern(s settings, room string) (*modern, error) {
	self, err := peerix.NewIdentity(s.encryption)
	if err != nil {
		return nil, err
	}
	return &modern{
		settings: s, room: room, self: self,
		secrets: make(map[peerix.Key]*peerix.Secret), strangers: make(map[peerix.Key]*peerix.Secret),
		strange: budget{rate: 50, burst: 300},
	}, nil
}

func (m *modern) id() signaling.PeerID    { return signaling.PeerID(m.self.ID) }
func (m *modern) subjects() []string      { return []string{m.subject(m.room), m.subject(m.self.ID)} }
func (m *modern) control() controlDialect { return modernControl{} }

func (m *modern) subject(name string) string {
	return m.settings.prefix + peerix.Subject(name, m.settings.hashing)
}

func (m *modern) keep(id signaling.PeerID) {
	k, _ := peerix.ParseID(string(id))
	if s, ok := m.strangers[k]; ok {
		m.secrets[k] = s
		delete(m.strangers, k)
	}
}

func (m *modern) forget(id signaling.PeerID) {
	if k, ok := peerix.ParseID(string(id)); ok {
		delete(m.secrets, k)
	}
}

// secret gives that with a peer.
func (m *modern) secret(k peerix.Key) (*peerix.Secret, error) {
	if s, ok := m.secrets[k]; ok {
		return s, nil
	}
	if s, ok := m.strangers[k]; ok {
		return s, nil
	}
	if !m.strange.allows(time.Now()) {
		return nil, errStrangers
	}
	s, err := m.self.Secret(k)
	if err != nil {
		return nil, err
	}
	if len(m.strangers) >= maxSecrets {
		clear(m.strangers)
	}
	m.strangers[k] = s
	return s, nil
}

var modernTypes = map[kind]peerix.Type{
	announced: peerix.Announce, invited: peerix.Invoke, offered: peerix.Offer, answered: peerix.Answer, candidates: peerix.Candidate,
	present: typePresent, said: typeSaid, heard: typeHeard, goodbye: typeGoodbye,
}

func (m *modern) write(to signaling.PeerID, w word) (string, []byte, error) {
	p := peerix.Packet{Type: modernTypes[w.kind], Sender: m.self.Key}
	switch {
	case p.Type == 0:
		return "", nil, nil // who leaves only falls silent
	case to == "":
		return m.subject(m.room), p.Append(nil), nil
	}
	key, ok := peerix.ParseID(string(to))
	if !ok {
		return "", nil, signaling.ErrNoSuchPeer
	}
	plain, err := peerix.Array(w.values()...)
	if err != nil {
		return "", nil, err
	}
	secret, err := m.secret(key)
	if err != nil {
		return "", nil, err
	}
	p.Seal(secret, m.settings.compression, plain)
	data := p.Append(nil)
	if len(data) > peerix.MaxPacket {
		return "", nil, fmt.Errorf("%w: packet of %d bytes, at most %d", signaling.ErrSignal, len(data), peerix.MaxPacket)
	}
	return m.subject(string(to)), data, nil
}

func (m *modern) read(data []byte) (signaling.PeerID, word, error) {
	p, err := peerix.ParsePacket(data)
	if err != nil {
		return "", word{}, err
	}
	from := signaling.PeerID(p.Sender.ID())
	if p.Sender == m.self.Key {
		return from, word{}, nil
	}
	if p.Type == peerix.Announce {
		return from, word{kind: announced}, nil
	}
	secret, err := m.secret(p.Sender)
	if err != nil {
		return from, word{}, err
	}
	plain, err := p.Open(secret)
	if err != nil {
		return from, word{}, err
	}
	values, err := peerix.Elements(plain)
	if err != nil {
		return from, word{}, err
	}
	w, err := readValues(modernKinds[p.Type], values)
	return from, w, err
}

var modernKinds = func() map[peerix.Type]kind {
	all := make(map[peerix.Type]kind)
	for k, t := range modernTypes {
		all[t] = k
	}
	return all
}()

// values are the elements of a word's payload.
func (w *word) values() []any {
	switch w.kind {
	case invited, present:
		return []any{w.card}
	case offered:
		return []any{peerix.Description{Type: "offer", SDP: w.sdp}, w.card}
	case answered:
		return []any{peerix.Description{Type: "answer", SDP: w.sdp}}
	case candidates:
		var all []any
		for _, c := range w.candidates {
			all = append(all, c)
		}
		return all
	case said:
		return []any{w.said}
	case heard:
		return []any{w.heard}
	}
	return []any{}
}

// readValues reads a payload. A kind that is 0 is unknown, and no error.
func readValues(k kind, values []json.RawMessage) (word, error) {
	w := word{kind: k}
	value := func(i int) json.RawMessage {
		if i < len(values) {
			return values[i]
		}
		return nil
	}
	switch k {
	case announced, invited:
		w.card = parseCard(value(0))
	case offered, answered:
		d, err := peerix.ParseDescription(value(0))
		if err != nil {
			return word{}, err
		}
		if (d.Type == "offer") != (k == offered) {
			return word{}, fmt.Errorf("%w: description is an %s", errWord, d.Type)
		}
		w.sdp, w.card = d.SDP, parseCard(value(1))
	case candidates:
		return readCandidates(values)
	case present, said, heard, goodbye:
		return parseConfab(k, values)
	}
	return w, nil
}

// readCandidates takes what is a candidate. The empty one, which says that there are no more, is of no use.
func readCandidates(values []json.RawMessage) (word, error) {
	w := word{kind: candidates}
	if len(values) > signaling.MaxCandidates {
		return word{}, fmt.Errorf("%w: %d candidates, at most %d", errWord, len(values), signaling.MaxCandidates)
	}
	for _, v := range values {
		var c signaling.Candidate
		if err := json.Unmarshal(v, &c); err != nil {
			return word{}, fmt.Errorf("%w: candidate: %v", errWord, err)
		}
		if c.Candidate != "" {
			w.candidates = append(w.candidates, c)
		}
	}
	return w, nil
}
