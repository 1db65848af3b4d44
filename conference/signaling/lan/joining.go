package lan

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

// Patience while joining.
const (
	discovery = 250 * time.Millisecond // for beacons: answers take 20 ms, and the first may be lost
	listening = 60 * time.Millisecond  // when somebody has been met already
	lingering = 2 * time.Second        // for members who are said to be there and do not answer
)

// joining is what a session is doing until it is in the room.
type joining struct {
	since   time.Time
	refusal error // why somebody did not let us in
	failure error // of the seed
}

// deadline is when the joining may be over without news.
func (j *joining) deadline(now time.Time) time.Time {
	for _, d := range []time.Duration{listening, discovery, lingering} {
		if due := j.since.Add(d); due.After(now) {
			return due
		}
	}
	return time.Time{}
}

// settle ends the joining when everybody was met who can be: at once if there is somebody and nobody else
// is expected, after a short time of listening if there is nobody.
func (l *loop) settle(now time.Time) {
	j := l.joining
	if j == nil || l.over {
		return
	}
	since := now.Sub(j.since)
	expected := l.contacts.busy(now) || l.strangers() > 0
	switch {
	case l.seed.text != "" && !l.seed.tried:
	case len(l.members) > 0 && since >= listening && !expected:
		l.enter()
	case since >= discovery && !expected, since >= lingering:
		l.decide()
	}
}

// strangers counts the links whose other end has not said who it is.
func (l *loop) strangers() int {
	n := 0
	for _, a := range l.links {
		if a.member == nil && !a.refused {
			n++
		}
	}
	return n
}

// decide ends the joining when time is up: who met nobody is the first, unless somebody is there who does
// not want us.
func (l *loop) decide() {
	j := l.joining
	switch {
	case len(l.members) > 0:
		l.enter()
	case j.refusal != nil:
		l.end(j.refusal)
	case j.failure != nil:
		l.end(j.failure)
	case l.seed.text == "" && len(l.station.Interfaces()) == 0:
		l.end(ErrNoNetwork)
	default:
		l.enter()
	}
}

// refused notes why somebody who was found did not let us in.
func (l *loop) refused(err error) {
	if l.joining == nil {
		return
	}
	for _, e := range []error{signaling.ErrUnauthorized, signaling.ErrRoomFull, signaling.ErrRateLimited, signaling.ErrVersion} {
		if errors.Is(err, e) && l.joining.refusal == nil {
			l.joining.refusal = err
		}
	}
}

// enter makes us a member: whom we have met is told to the session's reader, and we are told to everybody.
func (l *loop) enter() {
	l.joining = nil
	l.decideRank()
	for _, m := range l.ordered() {
		if m.offers {
			l.session.present = append(l.session.present, m.peer)
		} else {
			l.emit(signaling.PeerJoined{Peer: m.peer})
		}
	}
	close(l.session.joined)
	l.log.Info("room joined", "members", len(l.members), "port", l.port)
	l.announce()
	l.tellURLs()
	l.checkNetwork()
}

// ordered are the members in the order in which they came.
func (l *loop) ordered() []*member {
	var all []*member
	for _, m := range l.members {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *member) int {
		if before(a.rank, a.peer.ID, b.rank, b.peer.ID) {
			return -1
		}
		return 1
	})
	return all
}

// rank is our place among the members: one more than the highest we knew of when it was needed first.
type rank struct {
	value   uint32
	decided bool
	next    uint32
}

// heard takes note of somebody's.
func (r *rank) heard(other uint32) {
	if other < ^uint32(0) {
		other++
	}
	r.next = max(r.next, other)
}

// decideRank fixes our rank and with it who offers to us.
func (l *loop) decideRank() {
	if l.rank.decided {
		return
	}
	l.rank.decided, l.rank.value = true, l.rank.next
}

// announce tells everybody on our links about the room.
func (l *loop) announce() {
	if l.joining != nil || l.farewell != nil {
		return
	}
	l.station.Announce(&beacon.Announcement{
		Room: l.gate.room, ID: l.roomID, Name: l.self.Name, Port: l.port, Rank: l.rank.value,
		Members: uint8(min(255, 1+len(l.members))), Locked: l.gate.password != "",
	})
}

// tellURLs tells where we can be reached by hand, if that has changed.
func (l *loop) tellURLs() {
	if l.joining != nil {
		return
	}
	urls := reachableAt(l.interfaces, l.port)
	if !slices.Equal(urls, l.urls) {
		l.urls = urls
		l.driver.network.reachable(slices.Clone(urls))
	}
}

// reachableAt gives URLs of ours that hold on other machines: IPv4 first, no loopback, nothing that needs a
// zone.
func reachableAt(interfaces []beacon.Interface, port uint16) []string {
	var four, six []string
	for _, i := range interfaces {
		for _, p := range i.Addresses {
			a := p.Addr()
			switch {
			case a.IsLoopback() || a.Is6() && a.IsLinkLocalUnicast():
			case a.Is4():
				four = append(four, "lan:"+addressText(a.String(), port))
			default:
				six = append(six, "lan:"+addressText("["+a.String()+"]", port))
			}
		}
	}
	return append(four, six...)
}

// addressText leaves the port out that everybody knows.
func addressText(host string, port uint16) string {
	if port == beacon.Port {
		return host
	}
	return host + ":" + strconv.Itoa(int(port))
}
