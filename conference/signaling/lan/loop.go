package lan

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"sync"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

const (
	awayLife  = 30 * time.Second // of a member who is away
	leaveWait = 500 * time.Millisecond
	bannedFor = time.Minute // who floods us
	asleep    = 3 * time.Second
)

// loop owns a session's state; only its run goroutine touches it.
type loop struct {
	driver  *driver
	session *session
	log     *slog.Logger
	gate    *gate
	door    *door
	station *beacon.Station
	port    uint16 // where we listen

	self     signaling.Peer
	name     string // of this session
	rank     rank   // ours among the members
	roomID   beacon.RoomID
	members  map[signaling.PeerID]*member
	links    map[*link]*acquaintance
	contacts *contacts
	heard    map[signaling.PeerID]bool // by beacons, when they were last looked at
	seed     seed
	banned   map[signaling.PeerID]time.Time // until
	joining  *joining                       // nil: we are in the room

	offline    bool // Interrupted was said
	interfaces []beacon.Interface
	lastTick   time.Time
	urls       []string // as Reachable was told

	arrivals chan arrival
	guests   chan *guest
	results  chan dialed
	wg       sync.WaitGroup // of the door and of attempts
	tick     *time.Ticker
	timer    *time.Timer // for whom to dial next, or the end of joining
	farewell *time.Timer // nil: we stay

	over bool
	err  error
}

// acquaintance is what is known of a link's other end.
type acquaintance struct {
	member  *member // nil: it has not said who it is
	greeted bool    // it was told who we are
	refused bool    // it was told that it cannot come in
}

func newLoop(d *driver, s *session, room string, self signaling.Peer, listener net.Listener) *loop {
	now := time.Now()
	l := &loop{
		driver: d, session: s, self: self,
		log:      d.log.With("peer", self.ID, "room", room),
		gate:     &gate{self: d.self, room: room, password: d.password},
		name:     base64.RawURLEncoding.EncodeToString(random(12)),
		roomID:   beacon.RoomID(random(8)),
		members:  make(map[signaling.PeerID]*member),
		links:    make(map[*link]*acquaintance),
		contacts: newContacts(self.ID),
		seed:     seed{text: d.seed, due: now},
		banned:   make(map[signaling.PeerID]time.Time),
		joining:  &joining{since: now},
		lastTick: now,
		arrivals: make(chan arrival),
		guests:   make(chan *guest),
		results:  make(chan dialed),
		tick:     time.NewTicker(pingInterval),
		timer:    time.NewTimer(discovery),
	}
	if a, ok := listener.Addr().(*net.TCPAddr); ok {
		l.port = uint16(a.Port)
	}
	l.station = beacon.Start(beacon.Options{Key: d.self.key, Open: d.network.system.Ether, Logger: l.log})
	l.interfaces = l.station.Interfaces()
	l.door = newDoor(l.gate, listener, l.station.Interfaces, l.log)
	return l
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the program instead
	return b
}

// run works until the session is over.
func (l *loop) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	l.wg.Go(func() { l.door.run(ctx, func(g *guest) { l.arrive(ctx, g) }) })
	for !l.over {
		l.step(ctx)
		now := time.Now()
		l.noteAbsence()
		l.pursue(ctx, now)
		l.settle(now)
		l.rearm()
	}
	cancel()
	l.finish()
}

// arrive hands a guest to the loop, from any goroutine.
func (l *loop) arrive(ctx context.Context, g *guest) {
	select {
	case l.guests <- g:
	case <-ctx.Done():
		raw(g.conn).Close()
	}
}

// step waits for one of: a message, a connection, news of others, an order, the clock.
func (l *loop) step(ctx context.Context) {
	var farewell <-chan time.Time
	if l.farewell != nil {
		farewell = l.farewell.C
	}
	select {
	case <-ctx.Done():
		l.end(nil)
	case a := <-l.arrivals:
		l.receive(a)
	case g := <-l.guests:
		l.adopt(g)
	case r := <-l.results:
		l.dialed(r)
	case <-l.station.Changed():
		l.sighted()
	case o := <-l.session.orders:
		o.reply <- o.do(l)
	case <-l.tick.C:
		l.ticked()
	case <-l.timer.C:
	case <-farewell:
		l.end(nil)
	}
}

// rearm sets the timer to when there is something to do without news.
func (l *loop) rearm() {
	due := earliest(l.contacts.deadline(), l.seed.deadline())
	if l.joining != nil {
		due = earliest(due, l.joining.deadline(time.Now()))
	}
	if due.IsZero() {
		l.timer.Stop()
		return
	}
	l.timer.Reset(max(time.Millisecond, time.Until(due)))
}

// ticked does what is done each second.
func (l *loop) ticked() {
	now := time.Now()
	if now.Round(0).Sub(l.lastTick.Round(0)) >= asleep { // by the wall clock: the other one may stand still in sleep
		l.log.Info("awake again")
		l.contacts.hurry(now)
	}
	l.lastTick = now
	for k, a := range l.links {
		if a.member != nil {
			k.send(pingMessage{Type: "ping", Seen: a.member.seen, Room: l.roomID})
		} else if now.Sub(k.epoch) >= silence { // it never says who it is
			l.lost(k, errSilent)
		}
	}
	for id, m := range l.members {
		if m.link == nil && now.Sub(m.since) >= awayLife {
			l.remove(id, "lost")
		}
	}
	for id, until := range l.banned {
		if now.After(until) {
			delete(l.banned, id)
		}
	}
	l.checkNetwork()
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
	l.timer.Stop()
	if l.farewell != nil {
		l.farewell.Stop()
	}
	if err := l.station.Close(); err != nil {
		l.log.Debug("close beacons", "err", err)
	}
	for k := range l.links {
		k.close()
	}
	l.wg.Wait()
	if l.err != nil {
		l.session.err.Store(&l.err)
	}
	l.session.cancel()
	close(l.session.messages)
	close(l.session.done)
}
