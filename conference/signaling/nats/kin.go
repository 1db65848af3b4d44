package nats

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"confab/conference/signaling"
)

// Times of presence.
const (
	presentEvery = 2 * time.Second
	silence      = 7 * time.Second  // without a word a Confab is away
	lostAfter    = 30 * time.Second // and then gone
	sayAgain     = time.Second      // what was not acknowledged
)

// Limits of what waits for a member.
const (
	maxKept      = 96
	maxKeptBytes = 512 << 10
	maxEarly     = 32 // of signals that came before something that is missing
)

// kin is what is known of another Confab.
type kin struct {
	heard time.Time // when it last said something

	// What we say to it.
	link  string
	seq   uint64
	kept  []kept // what it may not have
	bytes int    // of kept
	last  time.Time

	// What it says to us.
	theirs receipt
	early  map[uint64]json.RawMessage // what came before something that is missing
}

// kept is a signal that may not have arrived.
type kept struct {
	seq  uint64
	data json.RawMessage
}

func newKin(now time.Time) *kin {
	b := make([]byte, 9)
	rand.Read(b) // never fails: it ends the program instead
	return &kin{heard: now, link: base64.RawURLEncoding.EncodeToString(b)}
}

// card is ours as it is now.
func (l *loop) card() *card {
	return &card{
		Name: l.self.Name, Metadata: l.self.Metadata, Confab: cardVersion,
		Age: time.Since(l.joined).Milliseconds(),
	}
}

// greet tells one Confab who we are; first: that we were there when it came.
func (l *loop) greet(m *member, first bool) {
	c := l.card()
	c.First = first
	if m.kin.theirs.Link != "" {
		c.Heard = &m.kin.theirs
	}
	l.write(m.peer.ID, word{kind: present, card: c})
}

// greetAll tells all Confabs.
func (l *loop) greetAll() {
	for _, id := range l.order {
		if m := l.members[id]; m.kin != nil {
			l.greet(m, false)
		}
	}
}

// presence takes the card of a Confab. Who is new gets ours at once, and so knows us, too.
func (l *loop) presence(from signaling.PeerID, m *member, c *card) {
	if m != nil && m.kin == nil { // it was taken for a page, by an announcement that came first
		l.remove(from, "replaced")
		m = nil
	}
	if m == nil {
		if l.crowded() {
			return
		}
		m = &member{peer: signaling.Peer{ID: from, Name: c.Name, Metadata: c.Metadata}, kin: newKin(time.Now())}
		first := l.newcomers[from]
		delete(l.newcomers, from)
		l.add(m)
		l.emit(signaling.PeerJoined{Peer: m.peer, Offers: l.older(from, c, first)})
		l.greet(m, first)
		return
	}
	if c.Heard != nil {
		m.kin.acknowledge(c.Heard)
	}
	if m.peer.Name != c.Name || m.peer.Metadata != c.Metadata {
		m.peer.Name, m.peer.Metadata = c.Name, c.Metadata
		l.emit(signaling.PeerUpdated{Peer: m.peer})
	}
}

// older tells whether another Confab was in the room before us; first: we have heard that it came. Of two
// who came at once, and both heard that, the smaller ID was first. Where nobody heard the other one come,
// whoever has been there for longer was. If the two should not agree, the mesh finds one offerer.
func (l *loop) older(id signaling.PeerID, c *card, first bool) bool {
	ours := time.Since(l.joined).Truncate(time.Millisecond)
	switch {
	case c.First != first:
		return c.First
	case first || c.age() == ours:
		return id < l.self.ID
	}
	return c.age() > ours
}

// alive notes that a Confab said something.
func (l *loop) alive(m *member) {
	m.kin.heard = time.Now()
	if m.peer.Away {
		m.peer.Away = false
		l.emit(signaling.PeerAway{ID: m.peer.ID})
		l.sayAll(m)
	}
}

// listen gives all Confabs the time to say something.
func (l *loop) listen(now time.Time) {
	for _, id := range l.order {
		if m := l.members[id]; m.kin != nil {
			m.kin.heard = now
		}
	}
}

// watchKin notes who is silent, and says again what may not have arrived.
func (l *loop) watchKin(now time.Time) {
	for _, id := range slices.Clone(l.order) {
		m := l.members[id]
		if m == nil || m.kin == nil {
			continue
		}
		switch quiet := now.Sub(m.kin.heard); {
		case quiet >= lostAfter:
			l.remove(id, "lost")
			continue
		case quiet >= silence && !m.peer.Away:
			m.peer.Away = true
			l.emit(signaling.PeerAway{ID: id, Away: true})
		}
		if len(m.kin.kept) > 0 && !m.peer.Away && now.Sub(m.kin.last) >= sayAgain {
			l.sayAll(m) // who is away gets everything with the first word they say
		}
	}
}

// say sends a signal to a Confab, and keeps it until it has arrived.
func (l *loop) say(m *member, s signaling.Signal) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	k := m.kin
	if len(k.kept) >= maxKept || k.bytes+len(data) > maxKeptBytes {
		return signaling.ErrRateLimited
	}
	k.seq++
	k.kept = append(k.kept, kept{k.seq, data})
	k.bytes += len(data)
	if len(k.kept) == 1 {
		k.last = time.Now()
	}
	return l.post(m, k.kept[len(k.kept)-1])
}

// sayAll says everything again that may not have arrived.
func (l *loop) sayAll(m *member) {
	m.kin.last = time.Now()
	for _, o := range m.kin.kept {
		if err := l.post(m, o); err != nil {
			return // the connection is lost: its end is on the way
		}
	}
}

func (l *loop) post(m *member, o kept) error {
	s := &statement{Link: m.kin.link, Seq: o.seq, First: m.kin.kept[0].seq, Signal: o.data}
	return l.write(m.peer.ID, word{kind: said, said: s})
}

// acknowledge forgets what has arrived.
func (k *kin) acknowledge(r *receipt) {
	if r.Link != k.link {
		return
	}
	n := 0
	for n < len(k.kept) && k.kept[n].seq <= r.Seq {
		k.bytes -= len(k.kept[n].data)
		n++
	}
	k.kept = slices.Delete(k.kept, 0, n)
}

// said takes a signal and passes on what is next: each once, in their order.
func (l *loop) said(m *member, s *statement) {
	k := m.kin
	if k.theirs.Link != s.Link { // it has no memory of us, or we have none of it
		k.theirs, k.early = receipt{Link: s.Link, Seq: s.First - 1}, make(map[uint64]json.RawMessage)
	}
	if s.Seq > k.theirs.Seq && s.Seq <= k.theirs.Seq+maxEarly {
		k.early[s.Seq] = s.Signal
	}
	var next []json.RawMessage
	for data, ok := k.early[k.theirs.Seq+1]; ok; data, ok = k.early[k.theirs.Seq+1] {
		k.theirs.Seq++
		delete(k.early, k.theirs.Seq)
		next = append(next, data)
	}
	l.write(m.peer.ID, word{kind: heard, heard: &k.theirs})
	for _, data := range next {
		signal, err := signaling.ParseSignal(data)
		if err != nil {
			l.log.Warn("signal dropped", "peer", m.peer.ID, "err", err)
			continue
		}
		l.emit(signaling.Received{From: m.peer.ID, Signal: signal})
	}
}
