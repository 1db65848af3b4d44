package lan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"confab/conference/signaling"
)

// adopt takes a connection whose other end knows the password. Who was dialed speaks first: then a newcomer
// knows its rank when it says who it is.
func (l *loop) adopt(g *guest) {
	_, banned := l.banned[g.peer]
	if l.over || l.farewell != nil || banned {
		raw(g.conn).Close()
		if g.dialed {
			l.contacts.failed(time.Now(), g.peer, false, rand.Float64())
		}
		return
	}
	k := newLink(g, l.arrivals)
	a := &acquaintance{}
	l.links[k] = a
	switch {
	case l.members[g.peer] == nil && len(l.members)+l.strangers() > maxMembers:
		a.refused = true
		k.send(refusal{Type: "error", Code: codeRoomFull})
	case !k.dialed:
		l.greet(k)
	}
}

// greet says who we are.
func (l *loop) greet(k *link) {
	l.decideRank()
	m := memberMessage{
		Type: "member", Name: l.self.Name, Metadata: l.self.Metadata, Session: l.name, Rank: l.rank.value, Highest: l.highest(),
		Room: l.roomID, Port: l.port, Members: l.introductions(k),
	}
	if known := l.members[k.peer]; known != nil {
		m.Yours, m.Seen = known.session, known.seen
	}
	l.links[k].greeted = true
	k.send(m)
}

// highest is the highest rank of those who are in the room, ourselves included.
func (l *loop) highest() uint32 {
	highest := l.rank.value
	for _, m := range l.members {
		highest = max(highest, m.rank)
	}
	return highest
}

// introductions are the members who are there, for somebody who may not know them.
func (l *loop) introductions(to *link) []contactMessage {
	var all []contactMessage
	for _, m := range l.ordered() {
		if m.link != nil && m.peer.ID != to.peer {
			all = append(all, l.introduction(m, to))
		}
	}
	return all
}

// introduction says where a member can be found by another one: addresses that hold on this machine alone
// are for those on this machine, and zones are for nobody.
func (l *loop) introduction(m *member, to *link) contactMessage {
	c := contactMessage{ID: m.peer.ID, Addresses: []string{}}
	e := l.contacts.all[m.peer.ID]
	if e == nil {
		return c
	}
	for _, a := range slices.Backward(e.addresses) {
		local := a.Addr().IsLoopback() && !to.remote.Addr().IsLoopback()
		if !local && a.Addr().Zone() == "" && len(c.Addresses) < maxAddresses {
			c.Addresses = append(c.Addresses, a.String())
		}
	}
	return c
}

// introduce takes the first message of a link: who is there, and since when.
func (l *loop) introduce(k *link, a *acquaintance, msg *memberMessage) {
	now := time.Now()
	m := l.members[k.peer]
	if m != nil && m.session != msg.Session {
		l.remove(k.peer, "replaced")
		m = nil
	}
	if m != nil && m.link != nil && !l.better(k, m.link, now) {
		l.drop(k)
		return
	}
	if !l.rank.decided {
		l.rank.heard(max(msg.Rank, msg.Highest))
	}
	if k.dialed {
		l.greet(k)
	}
	fresh := m == nil
	if fresh {
		m = &member{session: msg.Session, rank: msg.Rank, peer: signaling.Peer{ID: k.peer}}
		m.offers = before(m.rank, m.peer.ID, l.rank.value, l.self.ID)
		l.members[k.peer] = m
	}
	l.exchange(m, k, a)
	l.contacts.note(now, k.peer, l.neighbors([]netip.AddrPort{netip.AddrPortFrom(k.remote.Addr(), msg.Port)}), true)
	l.contacts.connect(k.peer)
	switch {
	case msg.Yours == l.name:
		m.acknowledge(msg.Seen)
	case m.peer.Away && now.Sub(m.since) >= awayLife/2: // it has forgotten us, and what it was told
		m.discard()
	}
	m.again()
	l.present(m, msg, fresh)
	l.listed(msg.Members)
	l.agree(msg.Room)
}

// exchange puts a link in the place of a member's old one.
func (l *loop) exchange(m *member, k *link, a *acquaintance) {
	a.member = m
	if old := m.link; old != nil {
		delete(l.links, old)
		old.close()
	}
	m.link = k
}

// better tells whether a new link to a member takes the place of one that lives: the newer one of the same
// dialer does; of two dialers, both ends keep the connection that the smaller ID made, unless it is silent.
func (l *loop) better(k, old *link, now time.Time) bool {
	if k.dialed == old.dialed || old.silent(now) {
		return true
	}
	return k.dialed == (l.self.ID < k.peer)
}

// present tells the session's reader, and the others, about somebody who came or came back.
func (l *loop) present(m *member, msg *memberMessage, fresh bool) {
	old := m.peer
	m.peer.Name, m.peer.Metadata, m.peer.Away = signaling.CleanName(msg.Name), msg.Metadata, false
	if fresh {
		l.log.Info("member came", "member", m.peer.ID, "rank", m.rank, "address", m.link.remote)
		if l.joining == nil {
			l.emit(signaling.PeerJoined{Peer: m.peer, Offers: m.offers})
		}
		for _, o := range l.members {
			if o != m && o.link != nil {
				o.link.send(membersMessage{Type: "members", Members: []contactMessage{l.introduction(m, o.link)}})
			}
		}
		l.announce()
		return
	}
	if l.joining != nil {
		return
	}
	if old.Away {
		l.log.Info("member is back", "member", m.peer.ID)
		l.emit(signaling.PeerAway{ID: m.peer.ID})
	}
	if old.Name != m.peer.Name || old.Metadata != m.peer.Metadata {
		l.emit(signaling.PeerUpdated{Peer: m.peer})
	}
}

// listed takes introductions of members by a member.
func (l *loop) listed(all []contactMessage) {
	now := time.Now()
	for _, c := range all[:min(len(all), 2*maxMembers)] {
		var at []netip.AddrPort
		for _, text := range c.Addresses[:min(len(c.Addresses), maxAddresses)] {
			if a, err := netip.ParseAddrPort(text); err == nil && a.Addr().Zone() == "" && a.Port() != 0 {
				at = append(at, a)
			}
		}
		if validID(c.ID) {
			l.contacts.note(now, c.ID, l.neighbors(at), l.joining != nil)
		}
	}
}

// lost handles the end of a link. That its member is away is said later, if no other link takes its place.
func (l *loop) lost(k *link, err error) {
	a := l.links[k]
	l.drop(k)
	if a == nil {
		return
	}
	now := time.Now()
	if errors.Is(err, errFlood) {
		l.banned[k.peer] = now.Add(bannedFor)
		l.log.Warn("member floods us", "member", k.peer)
	}
	m := a.member
	switch {
	case m == nil && k.dialed:
		l.contacts.failed(now, k.peer, false, rand.Float64())
	case m != nil && m.link == k:
		m.link, m.since = nil, now
		l.log.Debug("connection lost", "member", k.peer, "err", err)
		l.contacts.lost(now, k.peer)
	}
}

// drop closes a link.
func (l *loop) drop(k *link) {
	delete(l.links, k)
	k.close()
}

// noteAbsence says who is away: without a link, and without one that is about to take its place.
func (l *loop) noteAbsence() {
	for _, m := range l.ordered() {
		if m.link != nil || m.peer.Away || l.arriving(m.peer.ID) {
			continue
		}
		m.peer.Away = true
		if l.joining == nil {
			l.emit(signaling.PeerAway{ID: m.peer.ID, Away: true})
		}
		l.checkNetwork()
	}
}

func (l *loop) arriving(id signaling.PeerID) bool {
	for k, a := range l.links {
		if k.peer == id && a.member == nil {
			return true
		}
	}
	return false
}

// remove takes a member out of the room.
func (l *loop) remove(id signaling.PeerID, reason string) {
	m := l.members[id]
	if m == nil {
		return
	}
	delete(l.members, id)
	if m.link != nil {
		l.drop(m.link)
	}
	l.log.Info("member is gone", "member", id, "reason", reason)
	if l.joining == nil {
		l.emit(signaling.PeerLeft{ID: id, Reason: reason})
	}
	l.announce()
}

// send is an order: a signal for a member.
func (l *loop) send(to signaling.PeerID, data []byte) error {
	m := l.members[to]
	switch {
	case l.farewell != nil:
		return signaling.ErrLeft
	case l.offline:
		return signaling.ErrInterrupted
	case m == nil:
		l.emit(signaling.Refused{To: to, Err: signaling.ErrNoSuchPeer})
	case !m.push(data):
		l.emit(signaling.Refused{To: to, Err: fmt.Errorf("%w: too much waits for %s", signaling.ErrRateLimited, to)})
	}
	return nil
}

// update is an order: our name and metadata of now.
func (l *loop) update(name string, m signaling.Metadata) {
	if l.self.Name == name && l.self.Metadata == m {
		return
	}
	renamed := l.self.Name != name
	l.self.Name, l.self.Metadata = name, m
	for k, a := range l.links {
		if a.greeted {
			k.send(updateMessage{Type: "update", Name: name, Metadata: m})
		}
	}
	if renamed {
		l.announce()
	}
}

// leave is an order: say good-bye, and end when everybody has heard it.
func (l *loop) leave() {
	if l.farewell != nil {
		return
	}
	l.station.Announce(nil)
	l.farewell = time.NewTimer(leaveWait)
	for k := range l.links {
		k.send(header{Type: "leave"})
	}
	l.left()
}

// left ends the session when nobody is there any more who has to hear that we leave.
func (l *loop) left() {
	if l.farewell != nil && len(l.links) == 0 {
		l.end(nil)
	}
}
