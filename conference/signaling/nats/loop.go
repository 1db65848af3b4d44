package nats

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"confab/conference/signaling"
)

const (
	tickEvery   = 500 * time.Millisecond
	leaveWait   = 500 * time.Millisecond
	warnEvery   = 10 * time.Second
	stalled     = 3 * time.Second // a tick that comes so late means that we were stopped, or asleep
	inviteRate  = 20              // a second that strangers can make us send
	inviteBurst = 100
)

// announceAfter are the times after joining, and after each resumption, at which we announce ourselves. In a
// cluster a server may not know yet that another one has subscribers, and what is published then is lost;
// who knows us already only invites us again, which does no harm.
var announceAfter = [...]time.Duration{0, 500 * time.Millisecond, 2 * time.Second, 5 * time.Second, 12 * time.Second}

// loop owns a session's state; only its run goroutine touches it.
type loop struct {
	session  *session
	settings settings
	dialect  dialect
	bus      bus
	log      *slog.Logger

	self    signaling.Peer
	joined  time.Time
	members map[signaling.PeerID]*member
	order   []signaling.PeerID // of members, as they came
	full    bool               // it was said that there are too many
	conns   int                // of lives that others began, for ConnIDs

	online    bool
	since     time.Time // online
	told      int       // how many of announceAfter are done
	present   time.Time // when presence was last told
	lastTick  time.Time
	newcomers map[signaling.PeerID]bool // who announced themselves while we were there
	invites   []invite                  // to be sent
	answers   budget                    // of invitations that strangers make us send
	warned    time.Time                 // of a malformed packet

	tick     *time.Ticker
	farewell *time.Timer // nil: we stay

	over bool
	err  error
}

// invite is one that is due later.
type invite struct {
	to signaling.PeerID
	at time.Time
}

func newLoop(s *session, words dialect, b bus, self signaling.Peer, log *slog.Logger) *loop {
	now := time.Now()
	return &loop{
		session: s, settings: s.settings, dialect: words, bus: b, log: log.With("peer", self.ID),
		self: self, joined: now, members: make(map[signaling.PeerID]*member), newcomers: make(map[signaling.PeerID]bool),
		online: true, since: now, present: now, lastTick: now, answers: budget{rate: inviteRate, burst: inviteBurst},
		tick: time.NewTicker(tickEvery),
	}
}

// run works until the session is over.
func (l *loop) run(ctx context.Context) {
	for !l.over {
		l.step(ctx)
	}
	l.finish()
}

// step waits for one of: a packet, news of the path, an order, the clock.
func (l *loop) step(ctx context.Context) {
	var farewell <-chan time.Time
	if l.farewell != nil {
		farewell = l.farewell.C
	}
	select {
	case <-ctx.Done():
		l.end(nil)
	case m := <-l.bus.packets():
		l.hear(m.Data)
	case n := <-l.bus.news():
		l.path(n)
	case o := <-l.session.orders:
		o.reply <- o.do(l)
	case <-l.tick.C:
		l.ticked(time.Now())
	case <-farewell:
		l.end(nil)
	}
}

// ticked does what is done from time to time.
func (l *loop) ticked(now time.Time) {
	if now.Sub(l.lastTick) >= stalled { // nobody was silent: we did not listen
		l.listen(now)
	}
	l.lastTick = now
	if !l.online || l.farewell != nil {
		return
	}
	l.announce(now)
	if now.Sub(l.present) >= presentEvery {
		l.present = now
		l.greetAll()
	}
	l.watchKin(now)
	var later []invite
	for _, i := range l.invites {
		if i.at.After(now) {
			later = append(later, i)
		} else if l.find(i.to) == nil {
			l.write(i.to, word{kind: invited, card: l.card()})
		}
	}
	l.invites = later
}

// announce tells the room that we are there, if it is time to.
func (l *loop) announce(now time.Time) {
	if l.told == len(announceAfter) || now.Sub(l.since) < announceAfter[l.told] {
		return
	}
	l.told++
	l.write("", word{kind: announced, card: l.card()})
}

// inviteLater asks a peer for an offer, after up to a second, as Peerix does when a connection has failed.
func (l *loop) inviteLater(to signaling.PeerID) {
	if len(l.invites) < maxMembers {
		l.invites = append(l.invites, invite{to, time.Now().Add(time.Duration(rand.Int64N(int64(time.Second))))})
	}
}

// send is an order: a signal to a member.
func (l *loop) send(to signaling.PeerID, s signaling.Signal) error {
	m := l.find(to)
	switch {
	case m == nil && s.Kind == signaling.Bye:
		return nil
	case m == nil:
		return signaling.ErrNoSuchPeer
	case m.kin == nil:
		return l.sayForeign(m, s)
	case !l.online:
		return signaling.ErrInterrupted
	}
	return l.say(m, s)
}

// write publishes a word. What cannot be written because the path is lost is reported by the path.
func (l *loop) write(to signaling.PeerID, w word) error {
	if !l.online {
		return signaling.ErrInterrupted
	}
	subject, data, err := l.dialect.write(to, w)
	if err != nil || data == nil {
		return err
	}
	return l.bus.publish(subject, data)
}

// path takes news of the connection to the server.
func (l *loop) path(n news) {
	if l.farewell != nil {
		if n.kind != pathBack {
			l.end(nil)
		}
		return
	}
	switch n.kind {
	case pathLost:
		l.online = false
		l.log.Warn("signaling interrupted", "err", n.err)
		l.emit(signaling.Interrupted{Err: n.err})
	case pathRefused:
		if l.online {
			l.log.Warn("server refuses something", "err", n.err)
			l.emit(signaling.Refused{Err: n.err})
		} else {
			l.emit(signaling.Interrupted{Err: n.err})
		}
	case pathBack:
		l.back()
	}
}

// back: the path is there again. The others may have had theirs interrupted, too, and get the time to come.
func (l *loop) back() {
	now := time.Now()
	l.online, l.since, l.told, l.present = true, now, 0, now
	l.listen(now)
	members := make([]signaling.Peer, 0, len(l.order))
	for _, id := range l.order {
		members = append(members, l.members[id].peer)
	}
	l.log.Info("signaling resumed")
	l.emit(signaling.Resumed{Members: members, Replayed: true})
	l.announce(now)
	l.greetAll()
	for _, id := range l.order {
		if m := l.members[id]; m.kin != nil {
			l.sayAll(m)
		}
	}
}

// leave is an order: say good-bye, and end when the server has it.
func (l *loop) leave() {
	if l.farewell != nil {
		return // said already
	}
	for _, id := range l.order {
		if l.members[id].kin != nil {
			l.write(id, word{kind: goodbye})
		}
	}
	l.write("", word{kind: left})
	if !l.online {
		l.end(nil)
		return
	}
	l.farewell = time.NewTimer(leaveWait)
	l.bus.drain()
}

// emit gives a message to the session's reader. One that does not read ends the session.
func (l *loop) emit(m signaling.Message) {
	if l.over || l.farewell != nil {
		return
	}
	select {
	case l.session.messages <- m:
	default:
		l.end(signaling.ErrTooSlow)
	}
}

// end makes the session be over after this step; err is nil if we wanted it.
func (l *loop) end(err error) {
	if !l.over {
		l.over, l.err = true, err
	}
}

// finish gives everything back; then the session is over for its holders too.
func (l *loop) finish() {
	l.tick.Stop()
	if l.farewell != nil {
		l.farewell.Stop()
	}
	l.bus.close()
	if l.err != nil {
		l.session.err.Store(&l.err)
	}
	l.session.cancel()
	close(l.session.messages)
	close(l.session.done)
}
